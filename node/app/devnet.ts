/**
 * Makes the files of a development network: keys, node certificates, one genesis, a data folder for each validator.
 *
 * Owns: what a fresh network on one machine consists of, and its prefunded accounts.
 * Does not own: starting processes (scripts/lib/network.ts), deploying contracts (deploy/).
 * Called by: scripts, test/integration. Keys are random per network; only the prefunded accounts are public.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HDNodeWallet, Mnemonic, parseEther } from "ethers";
import { CunError } from "../types/errors.ts";
import { type Genesis, genesisSchema } from "../types/genesis.ts";
import type { Address, PeerId } from "../types/primitives.ts";
import { dataPaths, type NodeConfig, readConfig, readGenesis } from "./config.ts";
import { ensureKeys } from "./keys.ts";

export const DEVNET_CHAIN_ID = 2026;

/** The public mnemonic of development tools: its accounts hold coins on every development network. */
export const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";
const DEVELOPMENT_ACCOUNTS = 20;
const DEVELOPMENT_BALANCE = parseEther("10000");
/** For the operators' own transactions (certificates, exits). */
const OPERATOR_BALANCE = parseEther("100");

/** The deterministic deployment proxy that every EVM network has at this address (EIP-2470's widely used sibling). */
const CREATE2_FACTORY = "0x4e59b44847b379578588920ca78fbf26c0b4956c" as Address;
const CREATE2_FACTORY_CODE =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

export interface DevnetOptions {
  readonly directory: string;
  readonly validators: number;
  /** Validator i serves RPC at rpcPort + i and peers at p2pPort + i. */
  readonly rpcPort: number;
  readonly p2pPort: number;
  readonly timing?: Partial<Genesis["timing"]>;
  readonly logLevel?: NodeConfig["logLevel"];
  /**
   * Given the native coin that stands at accounts, in wei: where CUNP will be deployed and what it then must hold,
   * and where the directory of system contracts will be.
   */
  readonly contracts: (nativePrefund: bigint) => GenesisContracts;
}

/** What block 0 must know of contracts that are deployed later. */
export interface GenesisContracts {
  readonly cunp: Address;
  /** wei */
  readonly reserve: bigint;
  readonly directory: Address;
}

export const validatorDirectory = (network: string, index: number): string =>
  join(network, "validators", String(index));

export interface DevelopmentAccount {
  readonly address: Address;
  readonly privateKey: string;
  readonly balance: bigint;
}

/** The prefunded accounts, the same on every development network. */
export function developmentAccounts(): DevelopmentAccount[] {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(DEVELOPMENT_MNEMONIC), "m/44'/60'/0'/0");
  return Array.from({ length: DEVELOPMENT_ACCOUNTS }, (_, index) => {
    const { address, privateKey } = root.deriveChild(index);
    return { address: address.toLowerCase() as Address, privateKey, balance: DEVELOPMENT_BALANCE };
  });
}

/** The genesis of the network in a folder, made when there is none. @throws CunError fileInvalid, optionInvalid */
export function createDevnet(options: DevnetOptions): Genesis {
  const genesisPath = join(options.directory, "genesis.json");
  if (existsSync(genesisPath)) {
    const genesis = readGenesis(genesisPath);
    const count = genesis.validators.length;
    if (count === options.validators) {
      for (let index = 0; index < count; index++) updateConfig(options, index);
      return genesis;
    }
    const reason = `the network in ${options.directory} has ${count}; add --fresh to replace it, or say --validators ${count}`;
    throw new CunError("optionInvalid", { option: `--validators ${options.validators}`, reason });
  }
  const members = [];
  for (let index = 0; index < options.validators; index++) members.push(createValidator(options, index));
  for (const [index, member] of members.entries()) {
    const peers = members.flatMap((other) => (other === member ? [] : [other.peer]));
    writeJson(dataPaths(member.directory).config, nodeConfig(options, index, peers));
  }
  const genesis = createGenesis(options, members);
  writeJson(genesisPath, genesis);
  return genesis;
}

/**
 * Adds a node that is not in the genesis file: keys of its own, and all nodes with a lower number as peers. It follows
 * the chain and signs once it is elected. Returns its operator. An existing folder is kept as it is.
 */
export function joinDevnet(options: Omit<DevnetOptions, "contracts" | "validators">, index: number): Address {
  const { directory, operator } = createValidator(options, index);
  const peers = Array.from({ length: index }, (_, place) => createValidator(options, place).peer);
  const { config } = dataPaths(directory);
  if (!existsSync(config)) writeJson(config, nodeConfig(options, index, peers));
  return operator;
}

interface Member {
  readonly directory: string;
  readonly operator: Address;
  readonly blsPublicKey: string;
  readonly peer: { readonly fingerprint: PeerId; readonly host: string; readonly port: number };
}

function createValidator(options: Pick<DevnetOptions, "directory" | "p2pPort">, index: number): Member {
  const directory = validatorDirectory(options.directory, index);
  const { operator, blsPublicKey, certificateFingerprint: fingerprint } = ensureKeys(directory);
  return { directory, operator, blsPublicKey, peer: { fingerprint, host: "127.0.0.1", port: options.p2pPort + index } };
}

type PortOptions = Pick<DevnetOptions, "rpcPort" | "p2pPort" | "logLevel">;

function nodeConfig(options: PortOptions, index: number, peers: readonly Member["peer"][]): unknown {
  return {
    genesis: "../../genesis.json",
    rpc: { port: options.rpcPort + index },
    p2p: { port: options.p2pPort + index },
    peers,
    logLevel: options.logLevel ?? "info",
  };
}

/** Ports and log level of this start, in a file whose other settings may be its owner's. */
function updateConfig(options: DevnetOptions, index: number): void {
  const directory = validatorDirectory(options.directory, index);
  const config = readConfig(directory);
  const peers = config.peers.map((peer, place) => ({
    ...peer,
    port: options.p2pPort + (place < index ? place : place + 1),
  }));
  writeJson(dataPaths(directory).config, {
    ...config,
    rpc: { ...config.rpc, port: options.rpcPort + index },
    p2p: { ...config.p2p, port: options.p2pPort + index },
    peers,
    logLevel: options.logLevel ?? config.logLevel,
  });
}

function createGenesis(options: DevnetOptions, members: readonly Member[]): Genesis {
  const prefunded = new Map<Address, bigint>(developmentAccounts().map(({ address, balance }) => [address, balance]));
  for (const { operator } of members) prefunded.set(operator, OPERATOR_BALANCE);
  const nativePrefund = [...prefunded.values()].reduce((sum, balance) => sum + balance, 0n);
  const { cunp, reserve, directory } = options.contracts(nativePrefund);
  const alloc: Record<string, { balance: string; code?: string }> = {
    [CREATE2_FACTORY]: { balance: "0", code: CREATE2_FACTORY_CODE },
    [cunp]: { balance: String(reserve) },
  };
  for (const [address, balance] of prefunded) alloc[address] = { balance: String(balance) };
  return genesisSchema.parse({
    chainId: DEVNET_CHAIN_ID,
    timestamp: Math.floor(Date.now() / 1000),
    gasLimit: 60_000_000,
    baseFeePerGas: "1000000000",
    alloc,
    validators: members.map(({ operator, blsPublicKey, peer }) => ({
      operator,
      blsPublicKey,
      certificateFingerprint: peer.fingerprint,
    })),
    timing: options.timing ?? {},
    contracts: { directory },
  });
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
