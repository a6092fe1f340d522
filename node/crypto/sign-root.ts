/**
 * What a validator signs when it votes: 32 bytes that name the chain, the epoch, the view and the block.
 *
 * Owns: the layout keccak256(abi.encode(domain, chainId, genesisHash, epoch, kind, view, digest)), which
 * contracts/consensus/FinalityVerifier.sol rebuilds. Does not own: signing (bls/), ballots (types/messages.ts).
 * Called by: vote-crypto, app. The chain in the root keeps a vote of one network worthless on another.
 */
import type { Ballot, VoteKind } from "../types/messages.ts";
import { type Hash, hashBytes } from "../types/primitives.ts";
import { concatBytes, domainWord, keccak256 } from "./hashes.ts";
import { uintWord } from "./words.ts";

/** Which network a signature is for. */
export interface SigningChain {
  readonly chainId: bigint;
  readonly genesisHash: Hash;
}

const DOMAIN = domainWord("CUN_CONSENSUS_VOTE_V1");

/** The `uint8 kind` of the layout, as the contracts know it. */
export const KIND_CODES: Readonly<Record<VoteKind, number>> = { notarize: 1, finalize: 2, nullify: 3 };

export function signRoot(chain: SigningChain, ballot: Ballot): Uint8Array {
  return keccak256(
    concatBytes(
      DOMAIN,
      uintWord(chain.chainId),
      hashBytes(chain.genesisHash),
      uintWord(ballot.epoch),
      uintWord(KIND_CODES[ballot.kind]),
      uintWord(ballot.view),
      hashBytes(ballot.digest),
    ),
  );
}
