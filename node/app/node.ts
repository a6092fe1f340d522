/**
 * A running node: routes what peers send to consensus, synchronisation and the pool, and answers for its status.
 *
 * Owns: the lifetime of the parts and the routing of messages. Does not own: opening them (create-node.ts).
 * Called by: create-node; cli starts and stops it.
 */
import type { Wallet } from "ethers";
import { EpochDuties } from "../chain/epoch-duties.ts";
import { isReproposal } from "../consensus/reproposal.ts";
import { keccakHash } from "../crypto/hashes.ts";
import type { BlockStorePort } from "../ports/chain.ts";
import type { ClockPort } from "../ports/clock.ts";
import type { EpochSource } from "../ports/epochs.ts";
import type { ChainInfo, ExecutionPort } from "../ports/execution.ts";
import type { NetworkPort, Peer } from "../ports/network.ts";
import type { LogPort, SigningGuardPort } from "../ports/storage.ts";
import type { NodeStatus, RpcBackend } from "../rpc/backend.ts";
import { decodeMessage, encodeMessage } from "../types/codec.ts";
import { CunError } from "../types/errors.ts";
import type { Genesis } from "../types/genesis.ts";
import { MAX_BLOCKS_AHEAD } from "../types/limits.ts";
import type { Certificate, Message, Proposal, ProposalRequest } from "../types/messages.ts";
import { type PeerId, toHex, type ValidatorIndex } from "../types/primitives.ts";
import type { AdmissionTable } from "./admission.ts";
import { AnswerBudget } from "./answer-budget.ts";
import type { NodeConfig } from "./config.ts";
import type { IdentityIn } from "./consensus-keys.ts";
import { type CryptoOf, EpochHistory } from "./epoch-history.ts";
import { EpochRunner } from "./epoch-runner.ts";
import { Finalizer } from "./finalizer.ts";
import { TransactionGossip } from "./gossip.ts";
import { Keeper, type Place } from "./keeper.ts";
import type { Logger } from "./logger.ts";
import { withOwnVote } from "./own-vote.ts";
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
  readonly epochs: EpochSource;
  readonly cryptoOf: CryptoOf;
  /** This node's place in a set, and its signer there, which asks the same guard as the node. */
  readonly identityIn: IdentityIn;
  readonly admission: AdmissionTable;
  readonly network: NetworkPort;
  /** The operator's account, from which the keeper sends; undefined for a node that leaves it to others. */
  readonly operator?: Wallet | undefined;
  /** For tests: how much the log grows before it is rewritten. */
  readonly logRewriteBytes?: number;
  onFatal(error: unknown): void;
}

interface RpcServer {
  start(): Promise<{ readonly port: number }>;
  stop(): Promise<void>;
}

export class Node {
  readonly #parts: NodeParts;
  readonly #finalizer: Finalizer;
  readonly #history: EpochHistory;
  readonly #epochs: EpochRunner;
  readonly #synchronizer: Synchronizer;
  readonly #gossip: TransactionGossip;
  readonly #createRpc: () => RpcServer;
  /** Made at the start: it asks for the status at once, and there is none before the epoch is known. */
  #rpc: RpcServer | undefined;
  readonly #answers: AnswerBudget;
  readonly #keeper: Keeper | undefined;
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
    this.#history = new EpochHistory({ ...parts, source: parts.epochs });
    this.#epochs = this.#createRunner();
    this.#synchronizer = this.#createSynchronizer();
    this.#gossip = new TransactionGossip({
      pool: execution.pool,
      clock,
      broadcast: (message) => this.#broadcast(message),
    });
    this.#answers = new AnswerBudget(clock);
    this.#keeper = this.#createKeeper();
    this.#createRpc = () => createRpc({ execution, store, status: () => this.status() });
  }

  /** Repairs the state after a crash, then joins the network and serves. Returns the port of the RPC server. */
  async start(): Promise<number> {
    const { logger, network, admission } = this.#parts;
    await this.#finalizer.replay((height, target) => {
      if (height % 100 === 0 || height === target) logger.info({ height, target }, "executing stored blocks again");
    });
    await this.#epochs.open();
    await admission.refresh();
    this.#rpc = this.#createRpc();
    const { port } = await this.#rpc.start();
    await network.start({
      frame: (peer, frame) => this.#receive(peer, frame),
      connected: (peer) => {
        logger.info({ peer: peer.id, index: peer.index }, "peer connected");
        this.#synchronizer.ask(peer.id);
      },
      disconnected: (peer, reason) => logger.info({ peer: peer.id, index: peer.index, reason }, "peer gone"),
    });
    this.#epochs.start();
    this.#synchronizer.start();
    this.#keeper?.start();
    return port;
  }

  /** Stops taking part, writes out what is under way, closes everything. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  status(): NodeStatus {
    const { chain, store, network, admission, version } = this.#parts;
    const { epoch, stage, validators } = this.#epochs.known;
    const { view, leader } = this.#epochs.engine.status();
    return {
      ...chain,
      height: store.head().height,
      view,
      leader: validators[leader]?.operator,
      epoch,
      stage,
      peers: network.peers().length,
      validators: validators.map(({ operator, publicKey, weight }) => {
        const peerId = admission.peerOf(operator);
        return { operator, blsPublicKey: toHex(publicKey), weight, ...(peerId && { peerId }) };
      }),
      syncing: this.#synchronizer.progress(),
      version,
    };
  }

  async #stop(): Promise<void> {
    const { network, execution, store, guard, writeAheadLog } = this.#parts;
    this.#synchronizer.stop();
    this.#gossip.stop();
    await this.#keeper?.stop();
    await this.#epochs.stop();
    await Promise.all([this.#rpc?.stop(), network.stop()]);
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

  #createKeeper(): Keeper | undefined {
    const { operator: wallet, execution, store, genesis } = this.#parts;
    if (!wallet) return undefined;
    const directory = genesis.contracts?.directory;
    const complete = (certificate: Certificate) => this.#withOwnVote(certificate);
    const duties = new EpochDuties({ state: execution.state, store, directory, complete });
    return new Keeper({ ...this.#parts, wallet, duties, place: () => this.#place() });
  }

  async #withOwnVote(certificate: Certificate): Promise<Certificate> {
    const { known, identity } = this.#epochs;
    return identity ? withOwnVote(certificate, { known, identity, guard: this.#parts.guard }) : certificate;
  }

  /** A node that catches up sees what was due long ago: it has no place until it is here. */
  #place(): Place | undefined {
    const { self } = this.#epochs.engine.status();
    if (self === undefined || this.#synchronizer.progress()) return undefined;
    return { index: self, count: this.#epochs.known.validators.length };
  }

  #createRunner(): EpochRunner {
    const parts = this.#parts;
    const { network, admission } = parts;
    return new EpochRunner({
      ...parts,
      history: this.#history,
      finalizer: this.#finalizer,
      timing: parts.genesis.timing,
      buildDeadlineMs: parts.config.buildDeadlineMs,
      entered: (epoch) => {
        admission.enterEpoch(epoch);
        // At once, so that no message is taken for one of another member; what the contracts say of others may follow.
        network.recheckAdmission();
        if (epoch.epoch > 0) void this.#refreshAdmission();
      },
      broadcast: (message) => this.#broadcast(message),
      send: (to, message) => this.#sendToValidator(to, message),
      sendTo: (peer, message) => this.#send(peer, message),
      report: (validator, error) => this.#report(this.#peerOf(validator), error),
      catchUp: () => this.#synchronizer.ask(),
      askAhead: (peer) => this.#synchronizer.ask(peer),
      peer: (id) => network.peers().find((peer) => peer.id === id),
      fatal: (error) => this.#fatal(error),
    });
  }

  #createSynchronizer(): Synchronizer {
    const { store, clock, logger, genesis, network, execution } = this.#parts;
    return new Synchronizer({
      store,
      finalizer: this.#finalizer,
      clock,
      logger,
      staleMs: 2 * genesis.timing.viewTimeoutMs,
      peers: () => network.peers().map(({ id }) => id),
      send: (peer, message) => network.send(peer, encodeMessage(message)),
      checkFinalization: (certificate, height) => this.#history.checkFinalization(certificate, height),
      describe: (payload) => {
        const { hash, parentHash, height, context } = execution.describe(payload);
        return { digest: hash, parentDigest: parentHash, height, epoch: context.epoch };
      },
      reject: (peer, error) => this.#report(peer, error as CunError),
      caughtUp: () => this.#epochs.follow(),
      fatal: (error) => this.#fatal(error),
    });
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
      case "certificate":
        return this.#epochs.receive(peer, message);
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
    // Without a block; the engine refuses one that brings a block all the same.
    if (isReproposal(proposal)) return this.#epochs.receive(peer, { type: "proposal", proposal });
    if (height > this.#parts.store.head().height + MAX_BLOCKS_AHEAD) return this.#synchronizer.ask(peer.id);
    try {
      const { hash } = this.#parts.execution.describe(payload);
      if (hash !== digest) throw new CunError("payloadInvalid", { view, digest, reason: `its hash is ${hash}` });
    } catch (error) {
      this.#report(peer.id, error as CunError);
      return;
    }
    this.#epochs.receive(peer, { type: "proposal", proposal });
  }

  #answerProposalRequest(peer: PeerId, request: ProposalRequest): void {
    if (!this.#answers.allows(peer)) return;
    const answer = this.#epochs.answer(request);
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
