/**
 * A running node: routes what peers send to consensus, synchronisation and the pool, and answers for its status.
 *
 * Owns: the lifetime of the parts and the routing of messages. Does not own: opening them (create-node.ts).
 * Called by: create-node; cli starts and stops it.
 */
import { verifyCertificate } from "../consensus/certificates.ts";
import type { ConsensusEngine } from "../consensus/engine.ts";
import type { VoteCrypto } from "../consensus/events.ts";
import { ValidatorSet } from "../consensus/quorum.ts";
import { keccakHash } from "../crypto/hashes.ts";
import type { BlockStorePort } from "../ports/chain.ts";
import type { ClockPort } from "../ports/clock.ts";
import type { ChainInfo, ExecutionPort } from "../ports/execution.ts";
import type { NetworkPort, Peer } from "../ports/network.ts";
import type { SignerPort } from "../ports/signer.ts";
import type { LogPort, SigningGuardPort } from "../ports/storage.ts";
import type { NodeStatus, RpcBackend } from "../rpc/backend.ts";
import { decodeMessage, encodeMessage } from "../types/codec.ts";
import { CunError } from "../types/errors.ts";
import type { Genesis } from "../types/genesis.ts";
import { MAX_BLOCKS_AHEAD } from "../types/limits.ts";
import type { Message, Proposal, ProposalRequest } from "../types/messages.ts";
import { asWeight, type PeerId, type ValidatorIndex, ZERO_ADDRESS } from "../types/primitives.ts";
import type { AdmissionTable } from "./admission.ts";
import { AnswerBudget } from "./answer-budget.ts";
import type { NodeConfig } from "./config.ts";
import { ConsensusDriver } from "./consensus-driver.ts";
import { Finalizer } from "./finalizer.ts";
import { TransactionGossip } from "./gossip.ts";
import type { Logger } from "./logger.ts";
import { Synchronizer } from "./synchronizer.ts";

export interface NodeParts {
  readonly config: NodeConfig;
  readonly genesis: Genesis;
  readonly chain: ChainInfo;
  readonly clock: ClockPort;
  readonly logger: Logger;
  readonly version: string;
  readonly execution: ExecutionPort;
  readonly store: BlockStorePort;
  readonly guard: SigningGuardPort;
  readonly writeAheadLog: LogPort;
  readonly engine: ConsensusEngine;
  readonly crypto: VoteCrypto;
  readonly admission: AdmissionTable;
  readonly network: NetworkPort;
  readonly identity: Identity | undefined;
  /** For tests: how much the log grows before it is rewritten. */
  readonly logRewriteBytes?: number;
  onFatal(error: unknown): void;
}

/** Who this node is as a validator. */
export interface Identity {
  readonly index: ValidatorIndex;
  /** Asks the same guard as the node before it signs. */
  readonly signer: SignerPort;
}

interface RpcServer {
  start(): Promise<{ readonly port: number }>;
  stop(): Promise<void>;
}

export class Node {
  readonly #parts: NodeParts;
  readonly #finalizer: Finalizer;
  readonly #driver: ConsensusDriver;
  readonly #synchronizer: Synchronizer;
  readonly #gossip: TransactionGossip;
  readonly #rpc: RpcServer;
  readonly #answers: AnswerBudget;
  #stopping: Promise<void> | undefined;

  constructor(parts: NodeParts, createRpc: (backend: RpcBackend) => RpcServer) {
    this.#parts = parts;
    const { execution, store, clock } = parts;
    this.#finalizer = new Finalizer({
      execution,
      store,
      clock,
      onFinalized: (block) => {
        if (parts.admission.isTouchedBy(block)) void this.#refreshAdmission();
      },
    });
    this.#driver = this.#createDriver();
    this.#synchronizer = this.#createSynchronizer();
    this.#gossip = new TransactionGossip({
      pool: execution.pool,
      clock,
      broadcast: (message) => this.#broadcast(message),
    });
    this.#answers = new AnswerBudget(clock);
    this.#rpc = createRpc({ execution, store, status: () => this.status() });
  }

  /** Repairs the state after a crash, then joins the network and serves. Returns the port of the RPC server. */
  async start(): Promise<number> {
    const { logger, network, admission } = this.#parts;
    await this.#finalizer.replay((height, target) => {
      if (height % 100 === 0 || height === target) logger.info({ height, target }, "executing stored blocks again");
    });
    await admission.refresh();
    const { port } = await this.#rpc.start();
    await network.start({
      frame: (peer, frame) => this.#receive(peer, frame),
      connected: (peer) => {
        logger.info({ peer: peer.id, index: peer.index }, "peer connected");
        this.#synchronizer.ask(peer.id);
      },
      disconnected: (peer, reason) => logger.info({ peer: peer.id, index: peer.index, reason }, "peer gone"),
    });
    this.#driver.dispatch({ type: "start" });
    this.#synchronizer.start();
    return port;
  }

  /** Stops taking part, writes out what is under way, closes everything. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  status(): NodeStatus {
    const { chain, store, network, genesis, admission, engine, version } = this.#parts;
    const { view, leader, epoch } = engine.status();
    return {
      ...chain,
      height: store.head().height,
      view,
      leader: genesis.validators[leader]?.operator,
      epoch,
      stage: admission.stage,
      peers: network.peers().length,
      validators: genesis.validators.map(({ operator, blsPublicKey, weight, certificateFingerprint }) => ({
        operator,
        blsPublicKey: blsPublicKey as `0x${string}`,
        weight: BigInt(weight),
        peerId: certificateFingerprint,
      })),
      syncing: this.#synchronizer.progress(),
      version,
    };
  }

  async #stop(): Promise<void> {
    const { network, execution, store, guard, writeAheadLog } = this.#parts;
    this.#synchronizer.stop();
    this.#gossip.stop();
    await this.#driver.stop();
    await Promise.all([this.#rpc.stop(), network.stop()]);
    await this.#finalizer.drained();
    await Promise.all([execution.close(), store.close(), guard.close(), writeAheadLog.close()]);
  }

  /** While the node stops, work that is cut off fails on what is closed already: that is no reason to stop. */
  #fatal(error: unknown): void {
    if (this.#stopping) return this.#parts.logger.debug({ err: error }, "cut off by the stop");
    this.#parts.logger.error({ err: error }, "this node cannot go on");
    this.#parts.onFatal(error);
  }

  async #refreshAdmission(): Promise<void> {
    try {
      await this.#parts.admission.refresh();
      this.#parts.network.recheckAdmission();
    } catch (error) {
      this.#fatal(error);
    }
  }

  #createDriver(): ConsensusDriver {
    const parts = this.#parts;
    const { identity, genesis } = parts;
    return new ConsensusDriver({
      ...parts,
      epoch: parts.engine.status().epoch,
      finalizer: this.#finalizer,
      signer: identity?.signer,
      heartbeatMs: genesis.timing.heartbeatMs,
      buildDeadlineMs: parts.config.buildDeadlineMs,
      feeRecipient: (identity && genesis.validators[identity.index]?.operator) ?? ZERO_ADDRESS,
      broadcast: (message) => this.#broadcast(message),
      send: (to, message) => this.#sendToValidator(to, message),
      report: (validator, error) => this.#report(this.#peerOf(validator), error),
      catchUp: () => this.#synchronizer.ask(),
      fatal: (error) => this.#fatal(error),
    });
  }

  #createSynchronizer(): Synchronizer {
    const { store, clock, logger, genesis, network, engine, crypto, execution } = this.#parts;
    // Once: a status counts all votes of all open views.
    const { epoch } = engine.status();
    const set = new ValidatorSet(genesis.validators.map(({ weight }) => asWeight(BigInt(weight))));
    return new Synchronizer({
      store,
      finalizer: this.#finalizer,
      clock,
      logger,
      staleMs: 2 * genesis.timing.viewTimeoutMs,
      peers: () => network.peers().map(({ id }) => id),
      send: (peer, message) => network.send(peer, encodeMessage(message)),
      checkFinalization: (certificate) => {
        const { kind, digest } = certificate;
        if (kind !== "finalize") throw new CunError("syncUncertified", { digest, certified: `a ${kind} only` });
        verifyCertificate(certificate, { epoch, set, crypto });
      },
      describe: (payload) => {
        const { hash, parentHash, height } = execution.describe(payload);
        return { digest: hash, parentDigest: parentHash, height };
      },
      reject: (peer, error) => this.#report(peer, error as CunError),
      caughtUp: () => void this.#jumpToHead().catch((error: unknown) => this.#fatal(error)),
      fatal: (error) => this.#fatal(error),
    });
  }

  /** Tells the engine that the chain has grown without it. */
  async #jumpToHead(): Promise<void> {
    const { store, execution } = this.#parts;
    const { hash, height } = store.head();
    const stored = await store.blockByHash(hash);
    if (!stored) throw new CunError("chainGap", { height, head: height });
    const { epoch, view } = execution.describe(stored.payload).context;
    const head = { epoch, view, height, digest: hash, certificate: stored.finalization };
    this.#driver.dispatch({ type: "synced", head });
  }

  #receive(peer: Peer, frame: Uint8Array): void {
    let message: Message;
    try {
      message = decodeMessage(frame);
    } catch (error) {
      this.#report(peer.id, error as CunError);
      return;
    }
    this.#route(peer, message).catch((error: unknown) => this.#fatal(error));
  }

  async #route(peer: Peer, message: Message): Promise<void> {
    switch (message.type) {
      case "proposal":
        return this.#receiveProposal(peer, message.proposal);
      case "vote":
        return this.#driver.dispatch({ type: "vote", vote: message.vote, from: peer.index });
      case "certificate":
        return this.#driver.dispatch({ type: "certificate", certificate: message.certificate, from: peer.index });
      case "proposalRequest":
        return this.#answerProposalRequest(peer.id, message.request);
      case "syncRequest": {
        const answer = await this.#synchronizer.answer(peer.id, message.request);
        if (answer) this.#send(peer.id, answer);
        return;
      }
      case "syncResponse":
        return this.#synchronizer.accept(peer.id, message.response);
      case "transactions": {
        const error = await this.#gossip.receive(message.transactions, keccakHash);
        if (error) this.#report(peer.id, error);
      }
    }
  }

  /** A payload that is not the proposed block never reaches the engine: the peer that brought it answers for it. */
  #receiveProposal(peer: Peer, proposal: Proposal): void {
    const { view, digest, payload, height } = proposal;
    if (height > this.#parts.store.head().height + MAX_BLOCKS_AHEAD) return this.#synchronizer.ask(peer.id);
    try {
      const { hash } = this.#parts.execution.describe(payload);
      if (hash !== digest) throw new CunError("payloadInvalid", { view, digest, reason: `its hash is ${hash}` });
    } catch (error) {
      this.#report(peer.id, error as CunError);
      return;
    }
    this.#driver.dispatch({ type: "proposal", proposal, from: peer.index });
  }

  #answerProposalRequest(peer: PeerId, request: ProposalRequest): void {
    if (!this.#answers.allows(peer)) return;
    const answer = this.#parts.engine.answer(request);
    if (!answer) return;
    const frame = encodeMessage(answer);
    this.#answers.spend(peer, frame.length);
    this.#parts.network.send(peer, frame);
  }

  #broadcast(message: Message): void {
    this.#parts.network.broadcast(encodeMessage(message));
  }

  #send(peer: PeerId, message: Message): void {
    this.#parts.network.send(peer, encodeMessage(message));
  }

  #sendToValidator(index: ValidatorIndex, message: Message): void {
    const peer = this.#peerOf(index);
    if (peer) this.#send(peer, message);
  }

  #peerOf(index: ValidatorIndex): PeerId | undefined {
    return this.#parts.network.peers().find((peer) => peer.index === index)?.id;
  }

  #report(peer: PeerId | undefined, error: CunError): void {
    if (!peer) return;
    this.#parts.logger.debug({ peer, code: error.code, reason: error.message }, "peer reported");
    this.#parts.network.report(peer, error.action, error.code);
  }
}
