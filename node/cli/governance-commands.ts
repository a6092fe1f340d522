/**
 * The options and help of `cun governance`.
 *
 * Owns: command line words. Does not own: what they do (governance.ts). Called by: main.ts.
 */
import { type Command, InvalidArgumentError } from "commander";
import type { GovernanceOptions, SignOptions, SubmitOptions } from "./governance.ts";

const FILES = "signature files, as `cun governance sign` writes them";

/** Adds the commands to the program. */
export function addGovernance(program: Command, defaultRpc: string): void {
  const governance = program
    .command("governance")
    .description("parameters and the council of validators: see, sign, gather, submit (docs/protocol/governance.md)");
  const command = (name: string, about: string): Command =>
    governance
      .command(name)
      .description(about)
      .option("--rpc <url>", "JSON-RPC address", defaultRpc)
      .option("--directory <address>", "the ContractDirectory; by default the one of --data's genesis file", address);

  command("show", "parameters with pending changes, the next batch's number, the validators and who has signed")
    .argument("[files...]", FILES)
    .option("--data <folder>", "data folder of a node of this network")
    .addHelpText("after", "\nExample:\n  cun governance show --data data/devnet/validators/0\n")
    .action(async (files: string[], options: GovernanceOptions) =>
      (await import("./governance.ts")).showGovernance(files, options),
    );

  command("sign", "show what a batch does and approve it with this validator's BLS key")
    .requiredOption("--data <folder>", "data folder of the validator")
    .option("--change <name=value...>", "new values of parameters; amounts in wei or as 12.5CUNP")
    .option("--calls <file>", "calls as JSON, or another validator's signature file: the same batch is signed")
    .option("--deadline <seconds>", "since 1970; by default a week from now, at the end of the day (UTC)")
    .option("--escape", "schedule it by more than two thirds, with the long delay, when keys are lost")
    .option("--raw", "also sign calls that cannot be shown in words")
    .option("--out <file>", "write the signature there instead of printing it")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  cun governance sign --data validators/0 --change epochSeconds=43200 --out change.0.json\n" +
        "  cun governance sign --data validators/1 --calls change.0.json --out change.1.json\n",
    )
    .action(async (options: SignOptions) => (await import("./governance.ts")).signGovernance(options));

  command("collect", "check signatures of one batch, say who is missing, print them as one")
    .argument("<files...>", FILES)
    .option("--data <folder>", "data folder of a node of this network")
    .addHelpText("after", "\nExample:\n  cun governance collect --data validators/0 change.*.json\n")
    .action(async (files: string[], options: GovernanceOptions) =>
      (await import("./governance.ts")).collectGovernance(files, options),
    );

  command("submit", "bring an approved batch to the chain in one transaction, or carry out a scheduled escape")
    .argument("<files...>", FILES)
    .option("--data <folder>", "data folder of a node of this network")
    .option("--from <folder>", "data folder whose operator account pays; without it the transaction is printed")
    .addHelpText("after", "\nExample:\n  cun governance submit --data validators/0 --from validators/0 change.*.json\n")
    .action(async (files: string[], options: SubmitOptions) =>
      (await import("./governance.ts")).submitGovernance(files, options),
    );
}

function address(text: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text;
  throw new InvalidArgumentError("give an address: 0x and 40 hex digits");
}
