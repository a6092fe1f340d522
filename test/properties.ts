/**
 * The one list of properties: what always holds, and who keeps it. docs/PROPERTIES.md is generated from it.
 *
 * Owns: the list of all. Does not own: the parts. A test that tries to break a property carries its id in its title.
 * Called by: scripts/generate.ts, test/tidy.
 */
import { contractProperties } from "./contract-properties.ts";
import { economyProperties } from "./economy-properties.ts";
import { nodeProperties, type Property } from "./node-properties.ts";

export const properties: readonly Property[] = [...contractProperties, ...economyProperties, ...nodeProperties];
