/** The eleven flows by TCP. */
import { elevenFlows } from "./eleven.ts";

elevenFlows("tcp", 4);
