#!/usr/bin/env node
import { card } from "./card.mjs";

card("arecord");
