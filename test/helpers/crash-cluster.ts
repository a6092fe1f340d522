/**
 * Four validators in one process, each the Node that ships, on disks and a network that can fail at any instant.
 *
 * Owns: starting a node from what is durable, killing it, what the whole network must have reached. What is not real:
 * execution (blocks without transactions), curve arithmetic (unless asked for), sockets, files, time.
 * Called by: test/node/app/crash.test.ts.
 */
import { pino } from "pino";
import { engineOptions, finalizedHead, readLog } from "../../node/app/create-node.ts";
import { Node, type NodeParts } from "../../node/app/node.ts";
import { createSigner } from "../../node/app/signer.ts";
import { ConsensusEngine } from "../../node/consensus/engine.ts";
import type { BlsBackend } from "../../node/crypto/bls/backend.ts";
import { createVoteCrypto } from "../../node/crypto/vote-crypto.ts";
import { BlockStore } from "../../node/storage/block-store.ts";
import { SigningGuard } from "../../node/storage/signing-guard.ts";
import type { Message } from "../../node/types/messages.ts";
import { asHeight, asIndex, type PeerId, type ValidatorIndex, ZERO_ADDRESS } from "../../node/types/primitives.ts";
import { CrashDisk, type Life } from "./crash-disk.ts";
import { CrashHub, CrashNetwork } from "./crash-network.ts";
import { FakeExecution } from "./fake-execution.ts";
import { quickBls } from "./quick-bls.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { VoteRecorder } from "./vote-recorder.ts";

export const VALIDATORS = 4;
const HEAD = new TextEncoder().encode("head");
const EXECUTE_MS = 2;

export interface ClusterOptions {
  readonly backend?: BlsBackend;
  readonly logRewriteBytes?: number;
  /** What a flush of the block store takes longer than one of a log. */
  readonly slowStoreMs?: number;
  /** Transactions always wait: blocks follow each other without a pause. Default true. */
  readonly isLoaded?: boolean;
  /** An idle network makes a block this often. Default 20. */
  readonly heartbeatMs?: number;
  /** How far a validator's clock is off. */
  readonly clockOffsetMs?: (index: ValidatorIndex) => number;
  /** How the parts of a node are spoilt: planted faults. */
  readonly spoil?: (parts: NodeParts) => NodeParts;
  isLost?(message: Message, from: ValidatorIndex, to: ValidatorIndex): boolean;
}

const TIMING = { heartbeatMs: 20, viewTimeoutMs: 80, retransmitMs: 30 };

export class CrashCluster {
  readonly clock = new VirtualClock();
  readonly recorder = new VoteRecorder(3);
  readonly hub: CrashHub;
  readonly seats: CrashSeat[];
  readonly options: ClusterOptions;
  readonly backend: BlsBackend;
  salt = 0;

  constructor(options: ClusterOptions = {}) {
    this.options = options;
    this.backend = options.backend ?? quickBls;
    this.hub = new CrashHub({
      clock: this.clock,
      sent: (from, message) => this.recorder.sent(from, message),
      isLost: (message, from, to) => options.isLost?.(message, from, to) ?? false,
    });
    this.seats = Array.from({ length: VALIDATORS }, (_, index) => new CrashSeat(this, asIndex(index)));
  }

  startAll(): void {
    for (const seat of this.seats) seat.start();
  }

  /** Heights that are stored and readable, by validator; the dead count with what they had. */
  get heights(): number[] {
    return this.seats.map(({ height }) => height);
  }

  get highest(): number {
    return Math.max(...this.heights);
  }

  /** Everybody who is not gone for ever is up and has stored this height. False when that takes longer than the limit. */
  reach(height: number, limitMs: number): Promise<boolean> {
    const isThere = () => this.seats.every((seat) => seat.isGone || (seat.life.alive && seat.height >= height));
    return this.clock.runUntil(() => this.recorder.faults.length > 0 || isThere(), limitMs);
  }

  /** The same secret for the same validator in every run. */
  secretOf(index: ValidatorIndex): Uint8Array {
    return new Uint8Array(32).fill(index + 1);
  }

  genesis(): NodeParts["genesis"] {
    const validators = this.seats.map(({ index, id }) => ({
      operator: ZERO_ADDRESS,
      blsPublicKey: `0x${Buffer.from(this.backend.publicKey(this.secretOf(index))).toString("hex")}`,
      certificateFingerprint: id,
      weight: "1",
    }));
    const { heartbeatMs = TIMING.heartbeatMs } = this.options;
    return { validators, timing: { ...TIMING, heartbeatMs } } as unknown as NodeParts["genesis"];
  }
}

export class CrashSeat {
  readonly index: ValidatorIndex;
  readonly id: PeerId;
  readonly disk: CrashDisk;
  readonly #cluster: CrashCluster;
  life: Life = { alive: false };
  /** It will not come back. */
  isGone = false;
  height = 0;

  constructor(cluster: CrashCluster, index: ValidatorIndex) {
    this.#cluster = cluster;
    this.index = index;
    this.id = `0x${String(index).padStart(64, "0")}` as PeerId;
    this.disk = new CrashDisk(cluster.clock, cluster.options.slowStoreMs);
  }

  /** Starts a process on what is durable. */
  start(): void {
    const life = { alive: true };
    this.life = life;
    this.#run(life).catch((error: unknown) => this.#failed(life, error));
  }

  /** kill -9, and the power with it. */
  kill(): void {
    this.life.alive = false;
    this.#cluster.hub.leave(this.id);
  }

  #failed(life: Life, error: unknown): void {
    if (!life.alive) return;
    this.#cluster.recorder.faults.push(`validator ${this.index} stopped: ${(error as Error).stack}`);
    this.kill();
  }

  async #run(life: Life): Promise<void> {
    const { options, recorder } = this.#cluster;
    const parts = await this.#open(life);
    this.height = parts.store.head().height;
    for (let height = 1; height <= this.height; height++) {
      recorder.stored(this.index, (await parts.store.blockByHeight(asHeight(height)))!);
    }
    parts.store.onAppended((block) => {
      this.height = block.height;
      recorder.stored(this.index, block);
    });
    const node = new Node(options.spoil?.(parts) ?? parts, () => ({
      start: async () => ({ port: 0 }),
      stop: async () => {},
    }));
    await node.start();
  }

  async #open(life: Life): Promise<NodeParts> {
    const { clock: virtual, backend, options, hub } = this.#cluster;
    const { disk, index } = this;
    const clock = virtual.seenBy(life, options.clockOffsetMs?.(index));
    const genesis = this.#cluster.genesis();
    const state = await disk.openStore("state", life);
    const execution = new FakeExecution({
      headPayload: await state.get(HEAD),
      keepHead: (payload) => state.write([{ type: "put", key: HEAD, value: payload }], { durable: true }),
      pause: () => virtual.sleep(EXECUTE_MS),
      salt: () => this.#cluster.salt++,
    });
    execution.pool.ready = options.isLoaded ?? true;
    const store = await BlockStore.open(await disk.openStore("blocks", life), execution.genesis());
    const guard = await SigningGuard.open(disk.openLog("guard", life));
    const writeAheadLog = disk.openLog("log", life);
    const chain = execution.info();
    const publicKeys = genesis.validators.map(({ blsPublicKey }) => Buffer.from(blsPublicKey.slice(2), "hex"));
    const crypto = createVoteCrypto({ backend, chain, publicKeys });
    const head = await finalizedHead({ store, execution });
    const engine = new ConsensusEngine(engineOptions(genesis, index, crypto), head);
    engine.restore({ messages: await readLog(writeAheadLog, head), ballots: guard.ballots() });
    const secretKey = this.#cluster.secretOf(index);
    return {
      ...{ genesis, chain, clock, execution, store, guard, writeAheadLog, engine, crypto },
      ...(options.logRewriteBytes !== undefined && { logRewriteBytes: options.logRewriteBytes }),
      config: { buildDeadlineMs: 10 } as NodeParts["config"],
      logger: pino({ level: "silent" }),
      version: "test",
      admission: {
        stage: "Origin",
        isTouchedBy: () => false,
        refresh: async () => {},
      } as unknown as NodeParts["admission"],
      network: new CrashNetwork(hub, { id: this.id, index }, life),
      identity: { index, signer: createSigner({ backend, guard, chain, index, secretKey }) },
      onFatal: (error) => this.#failed(life, error),
    };
  }
}
