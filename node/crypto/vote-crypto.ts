/**
 * Votes and certificates of one validator set: BLS signatures over sign roots, for the consensus engine.
 *
 * Owns: createVoteCrypto (checks votes, joins and checks aggregates) and signBallot. Does not own: weights, bitmaps
 * and when to aggregate (node/consensus), the signing guard (node/storage). Called by: app, sdk, simulation.
 * Warning: an aggregate proves that its signers together signed. It never proves that one of them did: two colluders
 * can hand in σ₁+X and σ₂−X, which are no votes but cancel in the sum. Evidence needs `verify` of the single vote.
 */
import type { Ballot, Vote } from "../types/messages.ts";
import type { ValidatorIndex } from "../types/primitives.ts";
import type { BlsBackend } from "./bls/backend.ts";
import { type SigningChain, signRoot } from "./sign-root.ts";

/** What node/consensus calls VoteCrypto; structural, so that this room need not know that one. */
export interface BlsVoteCrypto {
  verify(vote: Vote): boolean;
  aggregate(signatures: readonly Uint8Array[]): Uint8Array | undefined;
  verifyAggregate(ballot: Ballot, signers: readonly ValidatorIndex[], signature: Uint8Array): boolean;
}

export interface VoteCryptoOptions {
  readonly backend: BlsBackend;
  readonly chain: SigningChain;
  /** Compressed, in the order of the set's bits. Each must have come with a proof of possession. */
  readonly publicKeys: readonly Uint8Array[];
}

/** Decodes and checks every key once. @throws CunError publicKeyInvalid */
export function createVoteCrypto({ backend, chain, publicKeys }: VoteCryptoOptions): BlsVoteCrypto {
  const keyring = backend.keyring(publicKeys);
  return {
    verify: (vote) => keyring.verify(vote.signer, signRoot(chain, vote), vote.signature),
    aggregate: (signatures) => backend.aggregate(signatures),
    verifyAggregate: (ballot, signers, signature) =>
      keyring.verifyAggregate(signers, signRoot(chain, ballot), signature),
  };
}

export interface SignOptions {
  readonly backend: BlsBackend;
  readonly chain: SigningChain;
  readonly secretKey: Uint8Array;
  readonly signer: ValidatorIndex;
}

/** Warning: asks no guard. A node signs through its SignerPort. @throws CunError secretKeyInvalid */
export function signBallot({ backend, chain, secretKey, signer }: SignOptions, ballot: Ballot): Vote {
  const { kind, epoch, view, digest } = ballot;
  return { kind, epoch, view, digest, signer, signature: backend.sign(secretKey, signRoot(chain, ballot)) };
}
