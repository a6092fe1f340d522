/**
 * The last line against signing twice: no ballot is signed before it is on the disk here, and none that contradicts
 * an earlier one is recorded.
 *
 * Owns: the rules per epoch and view (one digest to notarize, one to finalize; nullify excludes a later notarize and,
 * either way round, finalize), the order of epochs, the floor. Does not own: the keys (the SignerPort's adapter in
 * node/app asks here first; all keys of a node share one guard), the file (a LogPort).
 * An epoch begins above the view in which its first parent was proposed, while the former epoch may have gone on to
 * later views until that block was final: a view number may occur in both. What is signed names its epoch.
 * Called by: app. Whitepaper §2.4.2; properties: docs/PROPERTIES.md.
 */
import type { LogPort, SigningFloor, SigningGuardPort } from "../ports/storage.ts";
import { ByteReader, ByteWriter } from "../types/binary.ts";
import { CunError, invariant } from "../types/errors.ts";
import { MAX_GUARD_LOG_BYTES } from "../types/limits.ts";
import type { Ballot, VoteKind } from "../types/messages.ts";
import { asEpoch, asView, type Epoch, hashBytes, type View, ZERO_HASH } from "../types/primitives.ts";

type Entry =
  | { readonly type: "ballot"; readonly ballot: Ballot }
  | { readonly type: "floor"; readonly floor: SigningFloor };

/** floorOfGenesis: as it was written before there were epochs. */
const ENTRY_TYPES = ["ballot", "floorOfGenesis", "floor"] as const;
const KINDS: readonly VoteKind[] = ["notarize", "finalize", "nullify"];

/** A ballot and the promise that it is on the disk. */
interface Recorded {
  readonly ballot: Ballot;
  readonly durable: Promise<void>;
}

export class SigningGuard implements SigningGuardPort {
  readonly #log: LogPort;
  /** Ballots above the floor by epoch and view, in the order in which they were authorised. */
  readonly #epochs = new Map<Epoch, Map<View, Recorded[]>>();
  /** The newest epoch that was signed in, or that the floor stands in. */
  #newestEpoch = asEpoch(0);
  #floor: SigningFloor = { epoch: asEpoch(0), view: asView(0) };

  private constructor(log: LogPort) {
    this.#log = log;
  }

  /** Takes over the log and closes it in the end. @throws CunError recordCorrupt, signingConflict */
  static async open(log: LogPort): Promise<SigningGuard> {
    const guard = new SigningGuard(log);
    for await (const record of log.records()) {
      const entry = decodeEntry(record);
      if (entry.type === "floor") guard.#dropUpTo(entry.floor);
      else if (guard.#check(entry.ballot) === undefined) guard.#add(entry.ballot, Promise.resolve());
    }
    return guard;
  }

  async authorize(ballot: Ballot): Promise<void> {
    invariant((ballot.kind === "nullify") === (ballot.digest === ZERO_HASH), "only a nullify has no digest");
    const same = this.#check(ballot);
    // Checked and recorded in one step: no second caller can come between.
    await (same ?? this.#add(ballot, this.#log.append([encodeEntry({ type: "ballot", ballot })]))).durable;
  }

  ballots(): readonly Ballot[] {
    return [...this.#epochs.values()]
      .flatMap((views) => [...views.values()])
      .flat()
      .map((recorded) => recorded.ballot);
  }

  async raiseFloor(floor: SigningFloor): Promise<void> {
    if (!isAbove(floor, this.#floor)) return;
    this.#dropUpTo(floor);
    if (this.#log.bytes > MAX_GUARD_LOG_BYTES) await this.#compact();
    else await this.#log.append([encodeEntry({ type: "floor", floor })]);
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  /** The same ballot when it is recorded already. @throws CunError signingConflict */
  #check(ballot: Ballot): Recorded | undefined {
    const { epoch, view } = this.#floor;
    if (!isAbove(ballot, this.#floor)) throw conflict(ballot, `everything up to view ${view} of epoch ${epoch}`);
    const inView = this.#epochs.get(ballot.epoch)?.get(ballot.view) ?? [];
    // First: a notarize that was signed before a nullify is signed again after a restart, and reveals nothing new.
    const same = inView.find((recorded) => isSame(recorded.ballot, ballot));
    if (same) return same;
    for (const recorded of inView) {
      if (contradicts(recorded.ballot, ballot)) throw conflict(ballot, describe(recorded.ballot));
    }
    // Whoever signs in an epoch has seen the end of those before.
    if (ballot.epoch < this.#newestEpoch) throw conflict(ballot, `in epoch ${this.#newestEpoch}`);
    return undefined;
  }

  #add(ballot: Ballot, durable: Promise<void>): Recorded {
    const recorded = { ballot, durable };
    const { epoch, view } = ballot;
    const views = this.#epochs.get(epoch) ?? new Map<View, Recorded[]>();
    this.#epochs.set(epoch, views);
    const inView = views.get(view);
    if (inView) inView.push(recorded);
    else views.set(view, [recorded]);
    this.#newestEpoch = asEpoch(Math.max(this.#newestEpoch, epoch));
    return recorded;
  }

  #dropUpTo(floor: SigningFloor): void {
    if (!isAbove(floor, this.#floor)) return;
    this.#floor = floor;
    this.#newestEpoch = asEpoch(Math.max(this.#newestEpoch, floor.epoch));
    for (const epoch of this.#epochs.keys()) if (epoch < floor.epoch) this.#epochs.delete(epoch);
    const views = this.#epochs.get(floor.epoch);
    for (const known of views?.keys() ?? []) if (known <= floor.view) views!.delete(known);
  }

  /** Keeps the floor and what stands above it, also ballots whose append is still on its way: the log is in order. */
  #compact(): Promise<void> {
    const ballots = this.ballots().map((ballot) => encodeEntry({ type: "ballot", ballot }));
    return this.#log.rewrite([encodeEntry({ type: "floor", floor: this.#floor }), ...ballots]);
  }
}

const isAbove = (place: SigningFloor, floor: SigningFloor): boolean =>
  place.epoch === floor.epoch ? place.view > floor.view : place.epoch > floor.epoch;

const isSame = (a: Ballot, b: Ballot): boolean =>
  a.kind === b.kind && a.epoch === b.epoch && a.view === b.view && a.digest === b.digest;

/** Of two ballots of one view of one epoch. */
function contradicts(earlier: Ballot, later: Ballot): boolean {
  if (earlier.kind === later.kind) return earlier.digest !== later.digest;
  if (earlier.kind === "nullify") return true;
  return earlier.kind === "finalize" && later.kind === "nullify";
}

const describe = (ballot: Ballot): string =>
  `${ballot.kind} ${ballot.digest} in view ${ballot.view} of epoch ${ballot.epoch}`;

function conflict(ballot: Ballot, previous: string): CunError<"signingConflict"> {
  return new CunError("signingConflict", { kind: ballot.kind, digest: ballot.digest, view: ballot.view, previous });
}

function encodeEntry(entry: Entry): Uint8Array {
  const to = new ByteWriter();
  to.u8(ENTRY_TYPES.indexOf(entry.type));
  if (entry.type === "floor") {
    to.u64(entry.floor.epoch);
    to.u64(entry.floor.view);
    return to.finish();
  }
  to.u8(KINDS.indexOf(entry.ballot.kind));
  to.u64(entry.ballot.epoch);
  to.u64(entry.ballot.view);
  to.fixed(hashBytes(entry.ballot.digest));
  return to.finish();
}

function decodeEntry(record: Uint8Array): Entry {
  const from = new ByteReader(record, (offset, reason) => {
    throw new CunError("recordCorrupt", { path: "signing-guard.log", offset, reason });
  });
  const type = from.oneOf(ENTRY_TYPES);
  const entry: Entry =
    type !== "ballot"
      ? {
          type: "floor",
          floor: { epoch: asEpoch(type === "floor" ? from.u64() : 0), view: asView(from.u64()) },
        }
      : {
          type,
          ballot: {
            kind: from.oneOf(KINDS),
            epoch: asEpoch(from.u64()),
            view: asView(from.u64()),
            digest: from.hash(),
          },
        };
  from.end();
  return entry;
}
