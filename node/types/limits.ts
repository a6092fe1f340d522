/**
 * Every bound of the node with its reason; docs/LIMITS.md is generated from the comments here.
 *
 * Owns: sizes and counts that protect a node from its peers. Does not own: governed parameters (deploy/config)
 * nor operators' options (node/app/config.ts).
 * Called by: codec, consensus, network, execution, rpc.
 */

/** Largest frame on the wire: a full block of calldata at 30 M gas (about 1.9 MB of zero bytes) plus certificates. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** Largest block payload a leader builds and a validator accepts; leaves room in the frame for the justification. */
export const MAX_PAYLOAD_BYTES = 2 * 1024 * 1024;
/** Most validators in a set: 84 seats planned, an order of magnitude above; bounds bitmaps. */
export const MAX_VALIDATORS = 1024;
/** Votes and proposals for views this far above the current one are kept; anything further is ignored. */
export const MAX_VIEWS_AHEAD = 64;
/** Most skipped views one proposal may justify: 8 hours of failed views at 7 s each. */
export const MAX_NULLIFICATIONS = 4096;
/** Most finalised blocks in one sync response; the frame limit may end it earlier. */
export const MAX_SYNC_BLOCKS = 256;
/** Most transactions in one gossip message. */
export const MAX_GOSSIP_TRANSACTIONS = 1024;
/** Largest raw transaction the pool takes (as go-ethereum: four slots of 32 KiB). */
export const MAX_TRANSACTION_BYTES = 128 * 1024;
