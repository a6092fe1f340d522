/**
 * The canonical binary form of messages: fixed widths, big endian, no optional encodings, nothing left over.
 *
 * Owns: bytes ⇄ Message, Certificate, Vote. One value has exactly one encoding; anything else is refused with
 * messageMalformed, so that bytes can be compared, hashed and logged.
 * Does not own: framing and lengths on the wire (node/network), signatures (node/crypto).
 * Called by: app, storage's users, tests. Layouts: docs/protocol/messages.md.
 */
import { ByteReader, ByteWriter } from "./binary.ts";
import { CunError } from "./errors.ts";
import {
  MAX_FRAME_BYTES,
  MAX_GOSSIP_TRANSACTIONS,
  MAX_NULLIFICATIONS,
  MAX_PAYLOAD_BYTES,
  MAX_SYNC_BLOCKS,
  MAX_TRANSACTION_BYTES,
  MAX_VALIDATORS,
} from "./limits.ts";
import type { Certificate, Message, Proposal, SyncResponse, Vote, VoteKind } from "./messages.ts";
import { asEpoch, asHeight, asIndex, asView, type Height, hashBytes, ZERO_HASH } from "./primitives.ts";

const SIGNATURE_BYTES = 96;
const MAX_BITMAP_BYTES = MAX_VALIDATORS / 8;
const VOTE_KINDS: readonly VoteKind[] = ["notarize", "finalize", "nullify"];
const MESSAGE_TYPES: readonly Message["type"][] = [
  "proposal",
  "vote",
  "certificate",
  "proposalRequest",
  "syncRequest",
  "syncResponse",
  "transactions",
];

function malformed(offset: number, reason: string): never {
  throw new CunError("messageMalformed", { offset, reason });
}

function writeBallot(to: ByteWriter, ballot: Vote | Certificate): void {
  to.u8(VOTE_KINDS.indexOf(ballot.kind));
  to.u64(ballot.epoch);
  to.u64(ballot.view);
  to.fixed(hashBytes(ballot.digest));
}

function readBallot(from: ByteReader) {
  const kind = from.oneOf(VOTE_KINDS);
  const ballot = { kind, epoch: asEpoch(from.u64()), view: asView(from.u64()), digest: from.hash() };
  if ((kind === "nullify") !== (ballot.digest === ZERO_HASH)) from.fail(`digest ${ballot.digest} in a ${kind}`);
  return ballot;
}

function writeVote(to: ByteWriter, vote: Vote): void {
  writeBallot(to, vote);
  to.u16(vote.signer);
  to.fixed(vote.signature);
}

function readVote(from: ByteReader): Vote {
  return { ...readBallot(from), signer: asIndex(from.u16()), signature: from.fixed(SIGNATURE_BYTES) };
}

function writeCertificate(to: ByteWriter, certificate: Certificate): void {
  writeBallot(to, certificate);
  to.variable(certificate.signers);
  to.fixed(certificate.signature);
}

function readCertificate(from: ByteReader): Certificate {
  return { ...readBallot(from), signers: from.variable(MAX_BITMAP_BYTES), signature: from.fixed(SIGNATURE_BYTES) };
}

function writeOptionalCertificate(to: ByteWriter, certificate: Certificate | undefined): void {
  to.u8(certificate ? 1 : 0);
  if (certificate) writeCertificate(to, certificate);
}

function readOptionalCertificate(from: ByteReader): Certificate | undefined {
  return from.flag() ? readCertificate(from) : undefined;
}

function writeProposal(to: ByteWriter, proposal: Proposal): void {
  to.u64(proposal.height);
  to.u64(proposal.parentView);
  to.fixed(hashBytes(proposal.parentDigest));
  to.variable(proposal.payload);
  writeOptionalCertificate(to, proposal.parentCertificate);
  to.u16(proposal.nullifications.length);
  for (const nullification of proposal.nullifications) writeCertificate(to, nullification);
  writeVote(to, proposal.vote);
}

function readProposal(from: ByteReader): Proposal {
  const height = asHeight(from.u64());
  const parentView = asView(from.u64());
  const parentDigest = from.hash();
  const payload = from.variable(MAX_PAYLOAD_BYTES);
  const parentCertificate = readOptionalCertificate(from);
  const nullifications = Array.from({ length: from.count(MAX_NULLIFICATIONS) }, () => readCertificate(from));
  const vote = readVote(from);
  if (vote.kind !== "notarize") from.fail(`a proposal carries a notarize vote, not ${vote.kind}`);
  const { epoch, view, digest } = vote;
  return { epoch, view, height, digest, parentView, parentDigest, payload, parentCertificate, nullifications, vote };
}

function writeSyncResponse(to: ByteWriter, response: SyncResponse): void {
  to.u64(response.finalizedHeight);
  to.u16(response.blocks.length);
  for (const block of response.blocks) {
    to.variable(block.payload);
    writeOptionalCertificate(to, block.finalization);
  }
}

function readSyncResponse(from: ByteReader): SyncResponse {
  const finalizedHeight: Height = asHeight(from.u64());
  const blocks = Array.from({ length: from.count(MAX_SYNC_BLOCKS) }, () => ({
    payload: from.variable(MAX_PAYLOAD_BYTES),
    finalization: readOptionalCertificate(from),
  }));
  return { finalizedHeight, blocks };
}

function writeMessage(to: ByteWriter, message: Message): void {
  to.u8(MESSAGE_TYPES.indexOf(message.type));
  switch (message.type) {
    case "proposal":
      return writeProposal(to, message.proposal);
    case "vote":
      return writeVote(to, message.vote);
    case "certificate":
      return writeCertificate(to, message.certificate);
    case "proposalRequest":
      to.u64(message.request.view);
      return to.fixed(hashBytes(message.request.digest));
    case "syncRequest":
      return to.u64(message.request.fromHeight);
    case "syncResponse":
      return writeSyncResponse(to, message.response);
    case "transactions":
      to.u16(message.transactions.length);
      for (const raw of message.transactions) to.variable(raw);
  }
}

function readMessage(from: ByteReader): Message {
  const type = from.oneOf(MESSAGE_TYPES);
  switch (type) {
    case "proposal":
      return { type, proposal: readProposal(from) };
    case "vote":
      return { type, vote: readVote(from) };
    case "certificate":
      return { type, certificate: readCertificate(from) };
    case "proposalRequest":
      return { type, request: { view: asView(from.u64()), digest: from.hash() } };
    case "syncRequest":
      return { type, request: { fromHeight: asHeight(from.u64()) } };
    case "syncResponse":
      return { type, response: readSyncResponse(from) };
    case "transactions": {
      const count = from.count(MAX_GOSSIP_TRANSACTIONS);
      return { type, transactions: Array.from({ length: count }, () => from.variable(MAX_TRANSACTION_BYTES)) };
    }
  }
}

function encode<Value>(write: (to: ByteWriter, value: Value) => void, value: Value): Uint8Array {
  const to = new ByteWriter();
  write(to, value);
  return to.finish();
}

function decode<Value>(read: (from: ByteReader) => Value, bytes: Uint8Array): Value {
  const from = new ByteReader(bytes, malformed);
  const value = read(from);
  from.end();
  return value;
}

export const encodeMessage = (message: Message): Uint8Array => encode(writeMessage, message);

/** @throws CunError messageTooLarge, messageMalformed */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > MAX_FRAME_BYTES) {
    throw new CunError("messageTooLarge", { bytes: bytes.length, limit: MAX_FRAME_BYTES });
  }
  return decode(readMessage, bytes);
}

export const encodeCertificate = (certificate: Certificate): Uint8Array => encode(writeCertificate, certificate);

/** @throws CunError messageMalformed */
export const decodeCertificate = (bytes: Uint8Array): Certificate => decode(readCertificate, bytes);
