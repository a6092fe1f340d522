/**
 * `npm start`: a Coopunion network on this machine, from nothing to a live status line.
 *
 * Owns: the order (build, files, processes, contracts, table, status) and what is shown.
 * Does not own: processes (lib/network.ts), deployment (lib/deployment.ts).
 * Called by: `npm start`. Ctrl-C stops everything; the next start continues the same chain.
 */
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { formatEther } from "ethers";
import { DEVELOPMENT_MNEMONIC, developmentAccounts } from "../node/app/devnet.ts";
import { CunError } from "../node/types/errors.ts";
import { buildContracts, root } from "./lib/build.ts";
import { deployToNetwork } from "./lib/deployment.ts";
import { Network, type NetworkOptions } from "./lib/network.ts";
import { StatusLine } from "./lib/status-line.ts";
import { table } from "./lib/table.ts";

const DEFAULT_DATA = join(root, "data", "devnet");

const HELP = `A Coopunion network on this machine: one process for each validator, contracts deployed, ready for ethers.

npm start                              four validators, continuing where the last run ended
npm start -- --validators 7 --fresh    seven, from a new genesis
npm start -- --no-deploy               without the system contracts

  --validators <n>    number of validators, 1 to 21        (4)
  --fresh             forget the chain in the data folder
  --data <folder>     where keys and chain are kept         (data/devnet)
  --rpc-port <port>   JSON-RPC of the first validator       (8650, the next ones count up)
  --p2p-port <port>   peer connections of the first         (30650)
  --no-deploy         do not deploy the system contracts
  --once              stop after the table is printed (for scripts)
  --log <level>       silent, error, warn, info, debug      (info)
  --help              this text
`;

function readOptions(): NetworkOptions & { readonly deploy: boolean; readonly once: boolean } {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      validators: { type: "string", default: "4" },
      fresh: { type: "boolean", default: false },
      data: { type: "string", default: DEFAULT_DATA },
      "rpc-port": { type: "string", default: "8650" },
      "p2p-port": { type: "string", default: "30650" },
      deploy: { type: "boolean", default: true },
      once: { type: "boolean", default: false },
      log: { type: "string", default: "info" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const levels = ["silent", "error", "warn", "info", "debug"] as const;
  const logLevel = levels.find((level) => level === values.log);
  if (!logLevel) throw new CunError("optionInvalid", { option: "--log", reason: `one of ${levels.join(", ")}` });
  return {
    directory: resolve(values.data),
    validators: wholeNumber("--validators", values.validators, 1, 21),
    rpcPort: wholeNumber("--rpc-port", values["rpc-port"], 1, 65_000),
    p2pPort: wholeNumber("--p2p-port", values["p2p-port"], 1, 65_000),
    fresh: values.fresh,
    // A network elsewhere must not take the place of the one that `npx hardhat deploy --network cun` means.
    addressesFolder: resolve(values.data) === DEFAULT_DATA ? join(root, "deploy", "addresses") : undefined,
    deploy: values.deploy,
    once: values.once,
    logLevel,
  };
}

function wholeNumber(option: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new CunError("optionInvalid", {
    option,
    reason: `${text} is not a whole number from ${minimum} to ${maximum}`,
  });
}

async function main(): Promise<void> {
  const options = readOptions();
  await buildContracts();
  const network = Network.create(options);
  const statusLine = new StatusLine(network);
  const stop = stopOnSignal(network, statusLine);
  try {
    step(`Starting ${network.size} validators …`);
    const before = await startAndFollow(network);
    step(before === 0 ? "The chain begins." : `The chain goes on from height ${before}.`);
    const contracts = options.deploy ? await deploy(network) : {};
    await printTables(network, contracts);
    if (!options.once) await statusLine.run();
  } catch (error) {
    return stop(1, error);
  }
  return stop(0);
}

/** Starts all validators and waits for the first new block, so that every one of them follows the head. */
async function startAndFollow(network: Network): Promise<number> {
  await network.startAll();
  const heights = await Promise.all(Array.from({ length: network.size }, (_, index) => network.height(index)));
  const before = Math.max(...heights);
  await network.waitForHeight(0, before + 1);
  return before;
}

/** One clean end for Ctrl-C, termination and failure; whatever comes while it runs does not interrupt it. */
function stopOnSignal(network: Network, statusLine: StatusLine): (code: number, error?: unknown) => Promise<never> {
  let ending: Promise<never> | undefined;
  const end = async (code: number, error?: unknown): Promise<never> => {
    statusLine.stop();
    process.stdout.write("\nStopping …");
    await network.stopAll();
    console.log(` done. \`${continuation(network)}\` continues the chain.`);
    if (error) explain(error);
    process.exit(code);
  };
  const stop = (code: number, error?: unknown): Promise<never> => {
    ending ??= end(code, error);
    return ending;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
  return stop;
}

/** The command that goes on where this run ends. */
function continuation({ options: { directory, validators, rpcPort, p2pPort } }: Network): string {
  const options = [
    directory === DEFAULT_DATA ? "" : ` --data ${directory}`,
    validators === 4 ? "" : ` --validators ${validators}`,
    rpcPort === 8650 ? "" : ` --rpc-port ${rpcPort}`,
    p2pPort === 30650 ? "" : ` --p2p-port ${p2pPort}`,
  ].join("");
  return options ? `npm start --${options}` : "npm start";
}

async function deploy(network: Network): Promise<Readonly<Record<string, string>>> {
  step("Deploying the system contracts …");
  const { addresses, transactionsSent } = await deployToNetwork(network);
  step(
    transactionsSent === 0
      ? "Contracts were there already."
      : `Contracts deployed in ${transactionsSent} transactions.`,
  );
  return addresses;
}

async function printTables(network: Network, contracts: Readonly<Record<string, string>>): Promise<void> {
  const validators = network.genesis.validators.map(({ operator }, index) => [
    String(index),
    operator,
    network.rpcUrl(index),
    String(network.options.p2pPort + index),
    String(network.pid(index)),
  ]);
  console.log(`\n${table(["#", "operator", "RPC (HTTP and WebSocket)", "p2p port", "pid"], validators)}`);
  if (Object.keys(contracts).length > 0) console.log(`\n${table(["contract", "address"], Object.entries(contracts))}`);
  const accounts = developmentAccounts().slice(0, 3);
  const rows = accounts.map(({ address, privateKey, balance }) => [
    address,
    privateKey,
    `${formatEther(balance)} CUNP`,
  ]);
  console.log(
    `\n${table(["prefunded account", "private key (public knowledge: development only)", "at genesis"], rows)}`,
  );
  console.log(`  … 20 in all, from the mnemonic "${DEVELOPMENT_MNEMONIC}"`);
  console.log(
    `\nchain id ${network.genesis.chainId} · logs in ${relative(root, network.options.directory)}/validators/*/process.log · Ctrl-C stops\n`,
  );
}

function step(text: string): void {
  console.log(text);
}

function explain(error: unknown): void {
  if (error instanceof CunError) console.error(`${error.code} ${error.message}\n${error.cure}`);
  else console.error((error as Error).message);
}

main().catch((error: unknown) => {
  explain(error);
  process.exit(1);
});
