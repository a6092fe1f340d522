/**
 * Puts a node together: opens what is on disk, repairs what a crash left, joins engine, execution, network and RPC.
 *
 * Owns: the composition and its order of starting and stopping. The only room where all rooms meet.
 * Does not own: any rule. Called by: cli.
 */
import { resolve } from "node:path";
import { EpochReader } from "../chain/epoch-reader.ts";
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
import type { Genesis } from "../types/genesis.ts";
import type { PeerId } from "../types/primitives.ts";
import { AdmissionTable } from "./admission.ts";
import { dataPaths, type NodeConfig, readGenesis } from "./config.ts";
import { identityIn, readConsensusKeys } from "./consensus-keys.ts";
import { readOperatorWallet } from "./keys.ts";
import type { Logger } from "./logger.ts";
import { Node } from "./node.ts";

export interface NodeOptions {
  readonly directory: string;
  readonly config: NodeConfig;
  readonly logger: Logger;
  readonly version: string;
  readonly clock?: ClockPort;
  /** The node cannot go on; it has stopped signing. The process should end. */
  onFatal(error: unknown): void;
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
  const secretKeys = config.validator ? readConsensusKeys(directory) : [];
  const disk = await openDisk(directory, genesis, clock, logger);
  const { state } = disk.execution;
  const chain = disk.execution.info();
  const epochs = new EpochReader({
    state,
    directory: genesis.contracts?.directory,
    onUnreadable: (epoch, reason) => logger.error({ epoch, reason }, "the announced epoch cannot begin"),
  });
  const peers = config.peers.map(({ fingerprint }) => fingerprint as PeerId);
  const admission = new AdmissionTable({ genesis, peers, state, store: disk.store });
  const network = openNetwork({ ...options, clock }, chain, admission);
  return new Node(
    {
      ...options,
      ...disk,
      ...{ clock, genesis, chain, epochs, admission, network },
      operator: config.keeper ? readOperatorWallet(directory) : undefined,
      cryptoOf: (publicKeys) => createVoteCrypto({ backend: blstBackend, chain, publicKeys }),
      identityIn: identityIn({ backend: blstBackend, guard: disk.guard, chain, secretKeys }),
    },
    (backend) => createRpcServer({ ...config.rpc, backend, logger }),
  );
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
