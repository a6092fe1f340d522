/**
 * The last line against signing twice: no ballot is signed before it is on the disk here, and none that contradicts
 * an earlier one is recorded.
 *
 * Owns: the rules per view (one digest to notarize, one to finalize; nullify excludes a later notarize and, either way
 * round, finalize), the order of epochs, the floor. Does not own: the key (the SignerPort's adapter in node/app asks
 * here first), the file (a LogPort). View numbers are global and rise over epochs.
 * Called by: app. Whitepaper §2.4.2; properties: docs/PROPERTIES.md.
 */
import type { LogPort, SigningGuardPort } from "../ports/storage.ts";
import { ByteReader, ByteWriter } from "../types/binary.ts";
import { CunError, invariant } from "../types/errors.ts";
import { MAX_GUARD_LOG_BYTES } from "../types/limits.ts";
import type { Ballot, VoteKind } from "../types/messages.ts";
import { asEpoch, asView, type Epoch, hashBytes, type View, ZERO_HASH } from "../types/primitives.ts";

type Entry = { readonly type: "ballot"; readonly ballot: Ballot } | { readonly type: "floor"; readonly view: View };

const ENTRY_TYPES = ["ballot", "floor"] as const;
const KINDS: readonly VoteKind[] = ["notarize", "finalize", "nullify"];

/** The lowest and the highest ballot of one epoch above the floor. */
interface EpochSpan {
  lowest: Ballot;
  highest: Ballot;
}

/** A ballot and the promise that it is on the disk. */
interface Recorded {
  readonly ballot: Ballot;
  readonly durable: Promise<void>;
}

export class SigningGuard implements SigningGuardPort {
  readonly #log: LogPort;
  /** Ballots above the floor by view, in the order in which they were authorised. */
  readonly #views = new Map<View, Recorded[]>();
  /** Views rise over epochs, so these say of all ballots whether a new one comes out of order. */
  readonly #epochs = new Map<Epoch, EpochSpan>();
  #floor = asView(0);

  private constructor(log: LogPort) {
    this.#log = log;
  }

  /** Takes over the log and closes it in the end. @throws CunError recordCorrupt, signingConflict */
  static async open(log: LogPort): Promise<SigningGuard> {
    const guard = new SigningGuard(log);
    for await (const record of log.records()) {
      const entry = decodeEntry(record);
      if (entry.type === "floor") guard.#dropUpTo(entry.view);
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
    return [...this.#views.values()].flat().map((recorded) => recorded.ballot);
  }

  async raiseFloor(view: View): Promise<void> {
    if (view <= this.#floor) return;
    this.#dropUpTo(view);
    if (this.#log.bytes > MAX_GUARD_LOG_BYTES) await this.#compact();
    else await this.#log.append([encodeEntry({ type: "floor", view })]);
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  /** The same ballot when it is recorded already. @throws CunError signingConflict */
  #check(ballot: Ballot): Recorded | undefined {
    if (ballot.view <= this.#floor) throw conflict(ballot, `everything up to view ${this.#floor}`);
    const inView = this.#views.get(ballot.view) ?? [];
    // First: a notarize that was signed before a nullify is signed again after a restart, and reveals nothing new.
    const same = inView.find((recorded) => isSame(recorded.ballot, ballot));
    if (same) return same;
    for (const recorded of inView) {
      if (contradicts(recorded.ballot, ballot)) throw conflict(ballot, describe(recorded.ballot));
    }
    return this.#checkEpochOrder(ballot);
  }

  /** A later view never belongs to an earlier epoch. */
  #checkEpochOrder(ballot: Ballot): undefined {
    for (const [epoch, { lowest, highest }] of this.#epochs) {
      if (epoch > ballot.epoch && lowest.view < ballot.view) throw conflict(ballot, describe(lowest));
      if (epoch < ballot.epoch && highest.view > ballot.view) throw conflict(ballot, describe(highest));
    }
  }

  #add(ballot: Ballot, durable: Promise<void>): Recorded {
    const recorded = { ballot, durable };
    const inView = this.#views.get(ballot.view);
    if (inView) inView.push(recorded);
    else this.#views.set(ballot.view, [recorded]);
    this.#widenEpoch(ballot);
    return recorded;
  }

  #widenEpoch(ballot: Ballot): void {
    const span = this.#epochs.get(ballot.epoch);
    if (!span) this.#epochs.set(ballot.epoch, { lowest: ballot, highest: ballot });
    else if (ballot.view < span.lowest.view) span.lowest = ballot;
    else if (ballot.view > span.highest.view) span.highest = ballot;
  }

  #dropUpTo(view: View): void {
    if (view <= this.#floor) return;
    this.#floor = view;
    for (const known of this.#views.keys()) if (known <= view) this.#views.delete(known);
    this.#epochs.clear();
    for (const recorded of this.#views.values()) this.#widenEpoch(recorded[0]!.ballot);
  }

  /** Keeps the floor and what stands above it, also ballots whose append is still on its way: the log is in order. */
  #compact(): Promise<void> {
    const ballots = this.ballots().map((ballot) => encodeEntry({ type: "ballot", ballot }));
    return this.#log.rewrite([encodeEntry({ type: "floor", view: this.#floor }), ...ballots]);
  }
}

const isSame = (a: Ballot, b: Ballot): boolean =>
  a.kind === b.kind && a.epoch === b.epoch && a.view === b.view && a.digest === b.digest;

function contradicts(earlier: Ballot, later: Ballot): boolean {
  if (earlier.epoch !== later.epoch) return true;
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
    to.u64(entry.view);
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
    type === "floor"
      ? { type, view: asView(from.u64()) }
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
