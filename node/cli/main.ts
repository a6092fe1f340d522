#!/usr/bin/env node
/**
 * `cun`: the command line of a node's operator and of whoever asks a node.
 *
 * Owns: the commands, their options and help. Does not own: logic (node/app, node/sdk).
 * Called by: people, scripts/lib/network.ts. Exit codes: 0 done, 1 failed, 2 wrong use.
 */
import { enableCompileCache } from "node:module";
import { Command, InvalidArgumentError } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { CunError } from "../types/errors.ts";
import { addGovernance } from "./governance-commands.ts";

const DEFAULT_RPC = "http://127.0.0.1:8650";

// The commands below are loaded when they run: from the second start on without compiling anything.
enableCompileCache();

const program = new Command("cun")
  .description("Run a Coopunion node, or ask one.")
  .version(manifest.version)
  .showHelpAfterError("(add --help for the options)")
  .addHelpText("after", "\nIn the repository: npx cun <command>. Networks and data folders: docs/OPERATING.md\n")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command("node")
  .description("run a node until it is told to stop (SIGTERM or Ctrl-C)")
  .requiredOption("--data <folder>", "data folder with config.json and keys (docs/OPERATING.md)")
  .addHelpText("after", "\nExample:\n  cun node --data data/devnet/validators/0\n")
  .action(async ({ data }: { data: string }) => (await import("./run-node.ts")).runNode(data, manifest.version));

program
  .command("keys")
  .description("make the keys of a validator and print its entry for the genesis file")
  .requiredOption(
    "--data <folder>",
    "data folder; made when it is not there; existing keys are kept and their entry is printed",
  )
  .addHelpText("after", "\nExample:\n  cun keys --data my-validator\n")
  .action(async ({ data }: { data: string }) => {
    const { ensureKeys } = await import("../app/keys.ts");
    console.log(JSON.stringify(ensureKeys(data), null, 2));
  });

program
  .command("renew-certificate")
  .description("make a new node certificate beside the present one; docs/OPERATING.md says how to change over")
  .requiredOption("--data <folder>", "data folder of the node")
  .requiredOption("--registry <address>", "the ValidatorRegistry that the certificate is for", address)
  .option("--rpc <url>", "JSON-RPC address; asked for the chain id", DEFAULT_RPC)
  .addHelpText("after", "\nExample:\n  cun renew-certificate --data my-validator --registry 0x5FbD…0aa3\n")
  .action(async (options: { data: string; registry: string; rpc: string }) =>
    (await import("./renewal.ts")).showRenewal(options),
  );

program
  .command("status")
  .description("height, view, peers and validators of a node")
  .option("--rpc <url>", "JSON-RPC address", DEFAULT_RPC)
  .option("--json", "as JSON")
  .addHelpText("after", "\nExample:\n  cun status --rpc http://127.0.0.1:8651\n")
  .action(async (options: { rpc: string; json?: boolean }) => (await import("./status.ts")).showStatus(options));

program
  .command("certificate")
  .description("the finality certificate of a block, ready for FinalityVerifier")
  .argument("<block>", "height, block hash, or latest", block)
  .option("--rpc <url>", "JSON-RPC address", DEFAULT_RPC)
  .addHelpText("after", "\nExample:\n  cun certificate 42\n")
  .action(async (wanted: string, { rpc }: { rpc: string }) =>
    (await import("./status.ts")).showCertificate(wanted, rpc),
  );

addGovernance(program, DEFAULT_RPC);

function address(text: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text;
  throw new InvalidArgumentError("give an address: 0x and 40 hex digits");
}

/** A height as hex, a hash or a tag, as the RPC wants it. */
function block(text: string): string {
  if (/^(0|[1-9]\d*)$/.test(text)) return `0x${Number(text).toString(16)}`;
  if (/^0x[0-9a-fA-F]{64}$/.test(text) || text === "latest") return text;
  throw new InvalidArgumentError("give a height, a block hash of 32 bytes, or latest");
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CunError) console.error(`${error.code} ${error.message}\n${error.cure}`);
  else console.error((error as Error).message);
  process.exit(1);
}
