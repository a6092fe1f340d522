/**
 * Collects votes until a quorum makes a certificate, and catches those who vote twice.
 *
 * Owns: lazy verification (one check of the sum instead of N checks; one by one only when the sum is wrong), evidence.
 * Does not own: what a certificate leads to (progress.ts). Called by: proposals, engine.
 * Evidence is shown only after each of the two signatures was checked alone: that an aggregate with them verifies
 * proves nothing about a single signer.
 */
import { invariant } from "../types/errors.ts";
import { MAX_VIEWS_AHEAD } from "../types/limits.ts";
import type { Ballot, Vote } from "../types/messages.ts";
import type { ValidatorIndex } from "../types/primitives.ts";
import { encodeBitmap } from "./bitmap.ts";
import { ballotOf, isWellFormed } from "./certificates.ts";
import { applyCertificate } from "./progress.ts";
import { answerLaggard, isLaggard } from "./retransmission.ts";
import type { Round } from "./round.ts";
import { ballotKey, type EngineState } from "./state.ts";
import type { TallyEntry } from "./vote-tally.ts";

/** A vote from the network; nothing about it is trusted. */
export function receiveVote(state: EngineState, vote: Vote, from: ValidatorIndex | undefined): void {
  if (state.refuseEpoch(vote, from ?? vote.signer)) return;
  if (!isWellFormed(vote) || vote.signer === state.options.self) return;
  if (!state.set.has(vote.signer)) {
    state.report(from, "signerUnknown", { signer: vote.signer, count: state.set.count });
    return;
  }
  state.hear(vote.signer, vote.view);
  if (isLaggard(state, vote)) answerLaggard(state, vote, from);
  if (!state.isInVoteWindow(vote.view)) {
    refuseView(state, vote, from);
    return;
  }
  const entry = { vote, from, verified: false };
  if (admit(state, state.round(vote.view), entry)) countVote(state, entry);
}

function refuseView(state: EngineState, { view, signer }: Vote, from: ValidatorIndex | undefined): void {
  if (view <= state.view) state.report(from ?? signer, "viewStale", { view, finalized: state.head.view });
  else state.report(from ?? signer, "viewTooFar", { view, current: state.view, limit: MAX_VIEWS_AHEAD });
}

/** A vote whose signature was checked: the leader's, inside its proposal. */
export function receiveVerifiedVote(state: EngineState, vote: Vote, from: ValidatorIndex | undefined): void {
  state.hear(vote.signer, vote.view);
  if (!state.isInVoteWindow(vote.view)) return;
  const entry = { vote, from, verified: true };
  if (admit(state, state.round(vote.view), entry)) countVote(state, entry);
}

/** This node's own vote has come back from the key. */
export function countOwnVote(state: EngineState, vote: Vote): void {
  state.awaitedVotes.delete(ballotKey(vote));
  if (!state.isInVoteWindow(vote.view)) return;
  const round = state.round(vote.view);
  round.ownVotes[vote.kind] = vote;
  if (round.votes[vote.kind].get(vote.signer)) return;
  countVote(state, { vote, from: undefined, verified: true });
}

/** Adds the vote; a quorum becomes a certificate. */
function countVote(state: EngineState, entry: TallyEntry): void {
  const { vote } = entry;
  const round = state.round(vote.view);
  const tally = round.votes[vote.kind];
  tally.add(entry, state.set.weightOf(vote.signer));
  if (round.certificates[vote.kind] || !state.set.isQuorum(tally.weightFor(vote.digest))) return;
  if (vote.view <= state.head.view && vote.kind !== "finalize") return;
  assemble(state, round, ballotOf(vote));
}

/** Whether a vote may be counted; deals with repeated, contradicting and doubtful ones. */
function admit(state: EngineState, round: Round, entry: TallyEntry): boolean {
  const { vote, from } = entry;
  const counted = round.votes[vote.kind].get(vote.signer);
  if (counted?.vote.digest === vote.digest) {
    const isSame = sameBytes(counted.vote.signature, vote.signature);
    if (isSame || check(state, round, counted)) {
      // A vote that comes again means that its sender still waits for what it leads to.
      answerLaggard(state, vote, from);
      noteRepetition(state, vote, from);
      return false;
    }
  }
  const contradicted = round.contradictions(vote);
  const mustCheck = contradicted.length > 0 || state.suspects.has(vote.signer);
  if (mustCheck && !check(state, round, entry)) return false;
  for (const other of contradicted) if (check(state, round, other)) accuse(state, round, other.vote, vote);
  return round.votes[vote.kind].get(vote.signer) === undefined;
}

/** Reported once per validator, view and tick: in a lossy network this is the most frequent of all. */
function noteRepetition(state: EngineState, { kind, signer, view }: Vote, from: ValidatorIndex | undefined): void {
  if (state.repeaters.has(signer)) return;
  state.repeaters.add(signer);
  state.report(from ?? signer, "voteDuplicate", { kind, signer, view });
}

/** Checks one signature. A vote that fails is dropped from the tally, its bringer reported. */
function check(state: EngineState, round: Round, entry: TallyEntry): boolean {
  if (entry.verified) return true;
  const { vote, from } = entry;
  const { kind, view, signer } = vote;
  entry.verified = state.options.crypto.verify(vote);
  if (entry.verified) return true;
  const tally = round.votes[kind];
  if (tally.get(signer) === entry) tally.remove(signer, state.set.weightOf(signer));
  state.suspects.add(signer);
  state.report(from ?? signer, "signatureInvalid", { kind, view, signer });
  return false;
}

/** Assumes: both signatures were checked one by one. */
function accuse(state: EngineState, round: Round, first: Vote, second: Vote): void {
  const { signer, view } = first;
  if (round.accused.has(signer)) return;
  round.accused.add(signer);
  state.emit({ type: "evidence", first, second });
  const name = ({ kind, digest }: Vote) => `${kind} ${digest}`;
  state.report(signer, "voteConflicting", { signer, view, first: name(first), second: name(second) });
}

/** Joins the votes for one ballot; when the sum does not verify, finds the bad ones and tries without them. */
function assemble(state: EngineState, round: Round, ballot: Ballot): void {
  const { crypto } = state.options;
  const tally = round.votes[ballot.kind];
  let entries = tally.entriesFor(ballot.digest);
  let signature = crypto.aggregate(entries.map(({ vote }) => vote.signature));
  const signers = entries.map(({ vote }) => vote.signer);
  const isSound =
    entries.every(({ verified }) => verified) ||
    (signature !== undefined && crypto.verifyAggregate(ballot, signers, signature));
  if (!isSound) {
    entries = entries.filter((entry) => check(state, round, entry));
    if (!state.set.isQuorum(tally.weightFor(ballot.digest))) return;
    signature = crypto.aggregate(entries.map(({ vote }) => vote.signature));
  }
  invariant(signature !== undefined, "votes that verify one by one can be joined");
  const bitmap = encodeBitmap(
    entries.map(({ vote }) => vote.signer),
    state.set.count,
  );
  applyCertificate(state, { ...ballot, signers: bitmap, signature }, "assembled");
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, position) => byte === b[position]);
}
