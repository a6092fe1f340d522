/**
 * Signatures that cost nothing but behave like BLS where it matters: they add up, and a wrong summand may be hidden by
 * another wrong one in the sum.
 *
 * Owns: a linear tag of 32 bits per (signer, ballot) in place of a curve point. Does not own: real signatures
 * (node/crypto, tested against the engine in test/node/consensus/real-crypto.test.ts). Called by: test/simulation.
 */
import type { VoteCrypto } from "../../node/consensus/events.ts";
import type { Ballot, Vote } from "../../node/types/messages.ts";
import type { ValidatorIndex } from "../../node/types/primitives.ts";

const SIGNATURE_BYTES = 96;
const KIND = { notarize: 1, finalize: 2, nullify: 3 } as const;

/** FNV-1a over the parts of a ballot. */
function ballotHash({ kind, epoch, view, digest }: Ballot): number {
  let hash = Math.imul(0x811c9dc5 ^ KIND[kind], 0x01000193);
  hash = Math.imul(hash ^ epoch, 0x01000193);
  hash = Math.imul(hash ^ view, 0x01000193);
  for (let i = 2; i < 34; i++) hash = Math.imul(hash ^ digest.charCodeAt(i), 0x01000193);
  return hash;
}

function tag(hash: number, signer: ValidatorIndex): number {
  let value = Math.imul(hash ^ (signer + 1), 0x9e3779b1);
  value ^= value >>> 15;
  value = Math.imul(value, 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}

function encode(value: number): Uint8Array {
  const bytes = new Uint8Array(SIGNATURE_BYTES);
  bytes[0] = value >>> 24;
  bytes[1] = value >>> 16;
  bytes[2] = value >>> 8;
  bytes[3] = value;
  return bytes;
}

const decode = (bytes: Uint8Array): number =>
  ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;

export function fakeSign(ballot: Ballot, signer: ValidatorIndex): Vote {
  const { kind, epoch, view, digest } = ballot;
  return { kind, epoch, view, digest, signer, signature: encode(tag(ballotHash(ballot), signer)) };
}

/** The same signature moved by an offset: invalid alone; two with opposite offsets cancel in a sum. */
export function shiftSignature(vote: Vote, offset: number): Vote {
  return { ...vote, signature: encode((decode(vote.signature) + offset) >>> 0) };
}

export const fakeCrypto: VoteCrypto = {
  verify: (vote) => decode(vote.signature) === tag(ballotHash(vote), vote.signer),
  aggregate: (signatures) => {
    let sum = 0;
    for (const signature of signatures) sum = (sum + decode(signature)) >>> 0;
    return encode(sum);
  },
  verifyAggregate: (ballot, signers, signature) => {
    const hash = ballotHash(ballot);
    let sum = 0;
    for (const signer of signers) sum = (sum + tag(hash, signer)) >>> 0;
    return signers.length > 0 && sum === decode(signature);
  },
};
