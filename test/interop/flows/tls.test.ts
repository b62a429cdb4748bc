/** The eleven flows by TLS. */
import { elevenFlows } from "./eleven.ts";

elevenFlows("tls", 5);
