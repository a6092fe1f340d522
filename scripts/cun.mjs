#!/usr/bin/env node
/**
 * `npx cun …`: the node's command line, from any folder and any Node from 20 on.
 *
 * Owns: nothing; it hands node/cli/main.ts to bootstrap.mjs, as `npm run cun` does. Called by: npm (`bin` in package.json).
 */
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const [node, , ...args] = process.argv;
process.argv = [node, at("./bootstrap.mjs"), "node", "--max-semi-space-size=8", at("../node/cli/main.ts"), ...args];
await import("./bootstrap.mjs");
