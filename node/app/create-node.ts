/**
 * Puts a node together: opens what is on disk, repairs what a crash left, joins engine, execution, network and RPC.
 *
 * Owns: the composition and its order of starting and stopping. The only room where all rooms meet.
 * Does not own: any rule. Called by: cli, test/integration.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ConsensusEngine } from "../consensus/engine.ts";
import type { EngineOptions, FinalizedHead, VoteCrypto } from "../consensus/events.ts";
import { roundRobin } from "../consensus/leader.ts";
import { blstBackend } from "../crypto/bls/blst.ts";
import { createVoteCrypto } from "../crypto/vote-crypto.ts";
import { createEmbeddedExecution } from "../execution/embedded.ts";
import { loadNodeCertificate } from "../network/certificates.ts";
import { createTlsNetwork } from "../network/tls-network.ts";
import type { BlockStorePort } from "../ports/chain.ts";
import { type ClockPort, systemClock } from "../ports/clock.ts";
import type { ExecutionPort } from "../ports/execution.ts";
import type { NetworkPort } from "../ports/network.ts";
import type { LogPort, SigningGuardPort } from "../ports/storage.ts";
import { createRpcServer } from "../rpc/server.ts";
import { BlockStore } from "../storage/block-store.ts";
import { FileLog } from "../storage/file-log.ts";
import { LevelKeyValue } from "../storage/level-key-value.ts";
import { SigningGuard } from "../storage/signing-guard.ts";
import { decodeMessage } from "../types/codec.ts";
import { CunError } from "../types/errors.ts";
import type { Genesis } from "../types/genesis.ts";
import type { Message } from "../types/messages.ts";
import { asIndex, asWeight, fromHex, type ValidatorIndex } from "../types/primitives.ts";
import { AdmissionTable } from "./admission.ts";
import { dataPaths, type NodeConfig, readGenesis, unreadable } from "./config.ts";
import type { Logger } from "./logger.ts";
import { Node } from "./node.ts";
import { createSigner } from "./signer.ts";

export interface NodeOptions {
  readonly directory: string;
  readonly config: NodeConfig;
  readonly logger: Logger;
  readonly version: string;
  readonly clock?: ClockPort;
  /** The node cannot go on; it has stopped signing. The process should end. */
  onFatal(error: unknown): void;
}

interface ValidatorKey {
  readonly index: ValidatorIndex;
  /** 32 bytes. */
  readonly secretKey: Uint8Array;
}

/** Everything a node keeps on disk. */
interface Disk {
  readonly execution: ExecutionPort;
  readonly store: BlockStorePort;
  readonly guard: SigningGuardPort;
  readonly writeAheadLog: LogPort;
}

/** @throws CunError fileInvalid, dataDirectoryLocked, recordCorrupt, genesisMismatch, nodeCertificateInvalid */
export async function createNode(options: NodeOptions): Promise<Node> {
  const { directory, config, logger } = options;
  const clock = options.clock ?? systemClock;
  const genesis = readGenesis(resolve(directory, config.genesis));
  const key = readKey(directory, config, genesis);
  const disk = await openDisk(directory, genesis, clock, logger);
  const chain = disk.execution.info();
  const publicKeys = genesis.validators.map(({ blsPublicKey }) => fromHex(blsPublicKey)!);
  const crypto = createVoteCrypto({ backend: blstBackend, chain, publicKeys });
  const head = await finalizedHead(disk);
  const restored = await readLog(disk.writeAheadLog, head);
  const engine = new ConsensusEngine(engineOptions(genesis, key?.index, crypto), head);
  engine.restore({ messages: restored, ballots: disk.guard.ballots() });
  const identity = key && { index: key.index, signer: createSigner({ backend: blstBackend, ...disk, chain, ...key }) };
  const admission = new AdmissionTable({ genesis, state: disk.execution.state, store: disk.store });
  const network = openNetwork({ ...options, clock }, chain, admission);
  return new Node(
    { ...options, clock, genesis, chain, ...disk, engine, crypto, admission, network, identity },
    (backend) => createRpcServer({ ...config.rpc, backend, logger }),
  );
}

/** The consensus key and the place it has in the genesis set; undefined for a node that only follows. */
function readKey(directory: string, config: NodeConfig, genesis: Genesis): ValidatorKey | undefined {
  if (!config.validator) return undefined;
  const path = dataPaths(directory).blsKey;
  const secretKey = fromHex(readText(path).trim());
  if (secretKey?.length !== 32) throw new CunError("fileInvalid", { path, reason: "32 bytes as hex expected" });
  const publicKey = `0x${Buffer.from(blstBackend.publicKey(secretKey)).toString("hex")}`;
  const index = genesis.validators.findIndex(({ blsPublicKey }) => blsPublicKey === publicKey);
  if (index < 0) throw new CunError("fileInvalid", { path, reason: "its public key is not in the genesis file" });
  return { index: asIndex(index), secretKey };
}

async function openDisk(directory: string, genesis: Genesis, clock: ClockPort, logger: Logger): Promise<Disk> {
  const paths = dataPaths(directory);
  const execution = await createEmbeddedExecution({ genesis, keyValue: await LevelKeyValue.open(paths.state), clock });
  const store = await BlockStore.open(await LevelKeyValue.open(paths.blocks), execution.genesis());
  const guardLog = await FileLog.open(paths.signingGuard);
  const writeAheadLog = await FileLog.open(paths.writeAheadLog);
  for (const [path, log] of [
    [paths.signingGuard, guardLog],
    [paths.writeAheadLog, writeAheadLog],
  ] as const) {
    if (log.tornBytes > 0) logger.warn({ path, bytes: log.tornBytes }, "cut off a record that a crash left unfinished");
  }
  return { execution, store, guard: await SigningGuard.open(guardLog), writeAheadLog };
}

/** The block from which the engine goes on. Exported for the crash tests, as the two below. */
export async function finalizedHead({ store, execution }: Pick<Disk, "store" | "execution">): Promise<FinalizedHead> {
  const { height, hash } = store.head();
  const stored = await store.blockByHash(hash);
  if (!stored) throw new CunError("chainGap", { height, head: height });
  const { context } = execution.describe(stored.payload);
  return { epoch: context.epoch, view: context.view, height, digest: hash, certificate: stored.finalization };
}

/** What the log holds from the finalised view on: the rest is history that the block store has. */
export async function readLog(log: LogPort, head: FinalizedHead): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const record of log.records()) {
    const message = decodeMessage(record);
    const view = message.type === "proposal" ? message.proposal.view : undefined;
    const certified = message.type === "certificate" ? message.certificate.view : undefined;
    if ((view ?? certified ?? 0) >= head.view) messages.push(message);
  }
  return messages;
}

export function engineOptions(genesis: Genesis, self: ValidatorIndex | undefined, crypto: VoteCrypto): EngineOptions {
  const { viewTimeoutMs, retransmitMs } = genesis.timing;
  const count = genesis.validators.length;
  return {
    epoch: 0 as EngineOptions["epoch"],
    weights: genesis.validators.map(({ weight }) => asWeight(BigInt(weight))),
    self,
    crypto,
    leaderOf: roundRobin(count),
    viewTimeoutMs,
    retransmitMs,
    skipAfterSilentViews: 2 * count,
  };
}

function openNetwork(
  { directory, config, clock, logger }: NodeOptions & { readonly clock: ClockPort },
  chain: ReturnType<ExecutionPort["info"]>,
  admission: AdmissionTable,
): NetworkPort {
  const paths = dataPaths(directory);
  const certificate = loadNodeCertificate({ certificate: paths.certificate, privateKey: paths.privateKey });
  return createTlsNetwork({
    ...config.p2p,
    ...certificate,
    peers: config.peers,
    admission: admission.admit,
    chain,
    clock,
    logger,
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}
