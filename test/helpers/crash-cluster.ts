/**
 * Validators in one process, each the Node that ships, on disks and a network that can fail at any instant. Four of
 * one epoch without an end, or any number through a succession of sets.
 *
 * Owns: starting a node from what is durable, killing it, what the whole network must have reached. What is not real:
 * execution (blocks without transactions), curve arithmetic (unless asked for), sockets, files, time.
 * Called by: test/node/app/crash.test.ts, test/node/app/epochs.test.ts.
 */
import { pino } from "pino";
import { identityIn } from "../../node/app/consensus-keys.ts";
import { Node, type NodeParts } from "../../node/app/node.ts";
import type { BlsBackend } from "../../node/crypto/bls/backend.ts";
import { createVoteCrypto } from "../../node/crypto/vote-crypto.ts";
import type { EpochDescription, EpochSource } from "../../node/ports/epochs.ts";
import { BlockStore } from "../../node/storage/block-store.ts";
import { SigningGuard } from "../../node/storage/signing-guard.ts";
import type { Message } from "../../node/types/messages.ts";
import {
  type Address,
  asEpoch,
  asHeight,
  asIndex,
  asWeight,
  type Epoch,
  type PeerId,
  toHex,
  type ValidatorIndex,
} from "../../node/types/primitives.ts";
import { CrashDisk, type Life } from "./crash-disk.ts";
import { CrashHub, CrashNetwork } from "./crash-network.ts";
import { closesEpoch, FakeExecution } from "./fake-execution.ts";
import { quickBls } from "./quick-bls.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { VoteRecorder } from "./vote-recorder.ts";

export const VALIDATORS = 4;
const ONE_SET = Array.from({ length: VALIDATORS }, (_, number) => number);
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
  readonly clockOffsetMs?: (number: number) => number;
  /** Without it there is one epoch. */
  readonly epochs?: EpochPlan;
  /** How the parts of a node are spoilt: planted faults. */
  readonly spoil?: (parts: NodeParts) => NodeParts;
  isLost?(message: Message, from: number, to: number): boolean;
}

export interface EpochPlan {
  readonly nodes: number;
  /** Numbers of the nodes in the set of an epoch, in the order of their seats. */
  setOf(epoch: Epoch): readonly number[];
  /** Which secret a node uses in an epoch, when it rotates its key; 0 by default. */
  keyOf?(number: number, epoch: Epoch): number;
  /** Blocks with these heights end their epoch. */
  closes(height: number): boolean;
}

const TIMING = { heartbeatMs: 20, viewTimeoutMs: 80, retransmitMs: 30 };

export class CrashCluster {
  readonly clock = new VirtualClock();
  readonly recorder: VoteRecorder;
  readonly hub: CrashHub;
  readonly seats: CrashSeat[];
  readonly options: ClusterOptions;
  readonly backend: BlsBackend;
  salt = 0;

  constructor(options: ClusterOptions = {}) {
    this.options = options;
    this.backend = options.backend ?? quickBls;
    this.recorder = new VoteRecorder(
      (node, epoch) => this.placeIn(epoch, node),
      (epoch) => Math.floor((2 * this.setOf(epoch).length) / 3) + 1,
    );
    this.hub = new CrashHub({
      clock: this.clock,
      sent: (from, message) => this.recorder.sent(from, message),
      isLost: (message, from, to) => options.isLost?.(message, from, to) ?? false,
    });
    const nodes = options.epochs?.nodes ?? VALIDATORS;
    this.seats = Array.from({ length: nodes }, (_, number) => new CrashSeat(this, number));
  }

  setOf(epoch: Epoch): readonly number[] {
    return this.options.epochs?.setOf(epoch) ?? ONE_SET;
  }

  placeIn(epoch: Epoch, node: number): ValidatorIndex | undefined {
    const place = this.setOf(epoch).indexOf(node);
    return place < 0 ? undefined : asIndex(place);
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

  /** The same secrets for the same validator in every run. */
  secretOf(number: number, key = 0): Uint8Array {
    return new Uint8Array(32).fill(number + 1 + 64 * key);
  }

  describe(epoch: Epoch): EpochDescription {
    const validators = this.setOf(epoch).map((number) => {
      const secretKey = this.secretOf(number, this.options.epochs?.keyOf?.(number, epoch));
      return { operator: operatorOf(number), publicKey: this.backend.publicKey(secretKey), weight: asWeight(1n) };
    });
    return { epoch, stage: epoch % 3 === 2 ? "NewGeneration" : "Origin", validators };
  }

  /** What the contracts would say. */
  readonly source: EpochSource = {
    following: async ({ epoch, header }) => (closesEpoch(header) ? this.describe(asEpoch(epoch + 1)) : undefined),
  };

  genesis(): NodeParts["genesis"] {
    const validators = this.describe(asEpoch(0)).validators.map(({ operator, publicKey }) => ({
      operator,
      blsPublicKey: toHex(publicKey),
      certificateFingerprint: this.seats.find(({ number }) => operatorOf(number) === operator)!.id,
      weight: "1",
    }));
    const { heartbeatMs = TIMING.heartbeatMs } = this.options;
    return { validators, timing: { ...TIMING, heartbeatMs } } as unknown as NodeParts["genesis"];
  }
}

const operatorOf = (number: number): Address => `0x${String(number).padStart(40, "0")}` as Address;
const idOf = (number: number): PeerId => `0x${String(number).padStart(64, "0")}` as PeerId;

export class CrashSeat {
  readonly number: number;
  readonly id: PeerId;
  readonly disk: CrashDisk;
  readonly #cluster: CrashCluster;
  life: Life = { alive: false };
  /** It will not come back. */
  isGone = false;
  height = 0;
  node: Node | undefined;
  /** The epoch whose set it sees. */
  #epoch = asEpoch(0);

  constructor(cluster: CrashCluster, number: number) {
    this.#cluster = cluster;
    this.number = number;
    this.id = idOf(number);
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
    this.#cluster.recorder.faults.push(`validator ${this.number} stopped: ${(error as Error).stack}`);
    this.kill();
  }

  async #run(life: Life): Promise<void> {
    const { options, recorder } = this.#cluster;
    const parts = await this.#open(life);
    this.height = parts.store.head().height;
    for (let height = 1; height <= this.height; height++) {
      recorder.stored(this.number, (await parts.store.blockByHeight(asHeight(height)))!);
    }
    parts.store.onAppended((block) => {
      this.height = block.height;
      recorder.stored(this.number, block);
    });
    const node = new Node(options.spoil?.(parts) ?? parts, () => ({
      start: async () => ({ port: 0 }),
      stop: async () => {},
    }));
    this.node = node;
    await node.start();
  }

  async #open(life: Life): Promise<NodeParts> {
    const { clock: virtual, backend, options, hub } = this.#cluster;
    const { disk, number, id } = this;
    const clock = virtual.seenBy(life, options.clockOffsetMs?.(number));
    const genesis = this.#cluster.genesis();
    const state = await disk.openStore("state", life);
    const execution = new FakeExecution({
      headPayload: await state.get(HEAD),
      keepHead: (payload) => state.write([{ type: "put", key: HEAD, value: payload }], { durable: true }),
      pause: () => virtual.sleep(EXECUTE_MS),
      salt: () => this.#cluster.salt++,
      ...(options.epochs && { closes: options.epochs.closes }),
    });
    execution.pool.ready = options.isLoaded ?? true;
    const store = await BlockStore.open(await disk.openStore("blocks", life), execution.genesis());
    const guard = await SigningGuard.open(disk.openLog("guard", life));
    const writeAheadLog = disk.openLog("log", life);
    const chain = execution.info();
    const secretKeys = [0, 1].map((key) => this.#cluster.secretOf(number, key));
    const placeOf = (peer: PeerId) => this.#cluster.placeIn(this.#epoch, Number(peer));
    return {
      ...{ genesis, chain, clock, execution, store, guard, writeAheadLog },
      epochs: this.#cluster.source,
      cryptoOf: (publicKeys) => createVoteCrypto({ backend, chain, publicKeys }),
      identityIn: identityIn({ backend, guard, chain, secretKeys }),
      ...(options.logRewriteBytes !== undefined && { logRewriteBytes: options.logRewriteBytes }),
      config: { buildDeadlineMs: 10 } as NodeParts["config"],
      logger: pino({ level: "silent" }),
      version: "test",
      admission: {
        isTouchedBy: () => false,
        refresh: async () => {},
        peerOf: () => undefined,
        enterEpoch: ({ epoch }: EpochDescription) => {
          this.#epoch = epoch;
        },
      } as unknown as NodeParts["admission"],
      network: new CrashNetwork(hub, { id, number, life, placeOf }),
      onFatal: (error) => this.#failed(life, error),
    };
  }
}
