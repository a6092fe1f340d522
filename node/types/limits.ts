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
/** Votes of this many finalised views are kept, so that a late contradicting vote still is evidence. */
export const RETAINED_VIEWS = 8;
/** A vote this many views behind is no late one: its sender has lost touch and is told where the others are. */
export const STALE_VIEWS = 4;
/** Most certificates sent in one answer to a validator that fell behind, or in one retransmission. */
export const MAX_CERTIFICATES_PER_ANSWER = 16;
/**
 * Proposals this many blocks above the finalised head are not looked at: a node that far behind catches up first, and
 * must not keep the payloads of all that it cannot execute yet.
 */
export const MAX_BLOCKS_AHEAD = 128;
/** Messages of the next epoch kept for one peer: a proposal and votes of the first views. */
export const MAX_EARLY_MESSAGES_PER_PEER = 8;
/** Payloads in such messages, all peers together: four full blocks. */
export const MAX_EARLY_BYTES = 4 * MAX_PAYLOAD_BYTES;
/** Candidates without a seat that may connect: as many as there are connections. */
export const MAX_OBSERVING_CANDIDATES = 256;
/** Proposals sent to one peer that asks for them, in bytes per ANSWER_WINDOW_MS; the last may go beyond. */
export const MAX_ANSWER_BYTES = MAX_PAYLOAD_BYTES;
/** Half the time after which a peer asks again by default (1 s), so that an honest one finds a new share. */
export const ANSWER_WINDOW_MS = 500;
/** Most skipped views one proposal may justify: 8 hours of failed views at 7 s each. */
export const MAX_NULLIFICATIONS = 4096;
/** Most finalised blocks in one sync response; the frame limit may end it earlier. */
export const MAX_SYNC_BLOCKS = 256;
/** Most transactions in one gossip message. */
export const MAX_GOSSIP_TRANSACTIONS = 1024;
/** Blocks kept while catching up until one comes that is certified: eight of the largest size in a row. */
export const MAX_SYNC_RUN_BYTES = 8 * MAX_PAYLOAD_BYTES;
/** Largest raw transaction the pool takes (as go-ethereum: four slots of 32 KiB). */
export const MAX_TRANSACTION_BYTES = 128 * 1024;

// Execution and transaction pool.

/** Most transactions in the pool: a quarter of an hour of transfers at 30 M gas a second, half a minute at full speed. */
export const MAX_POOL_TRANSACTIONS = 32_768;
/** Most bytes of raw transactions in the pool. */
export const MAX_POOL_BYTES = 64 * 1024 * 1024;
/** Most transactions of one sender in the pool, so that nobody fills it alone. */
export const MAX_POOL_SENDER_TRANSACTIONS = 4096;
/** Nonces further than this above an account's next one are refused: they would wait for too many others. */
export const MAX_POOL_NONCE_GAP = 4096n;
/** A replacement must raise fee and tip by this much, so that replacing is not free gossip. */
export const MIN_REPLACEMENT_BUMP_PERCENT = 10n;
// Building ends at most MAX_BUILD_TRANSACTION_MS after the node's build deadline (250 ms), and the others then need as
// long to verify, all on the same machine in a development network: twice 850 ms leave 800 ms of a view of 2500 ms for
// messages and for validators up to 1.9 times slower than the leader. The largest transaction (16.7 M gas) takes 50 to
// 600 ms in arithmetic, storage, hashes and curves (scripts/bench/precompile-cost.ts), so honest work goes in; what
// does nothing but call empty accounts, check KZG proofs or ask for millions of BLAKE2 rounds takes 1 to 2.2 s and stays out.
/** A leader leaves out a transaction that takes longer: build deadline and this, twice, fit into a view with margin. */
export const MAX_BUILD_TRANSACTION_MS = 600;
/** Gas per ms counted on in a block whose leader gave up on a transaction: the slowest program reaches 7,500. */
export const HURRIED_GAS_PER_MS = 5_000n;
/** Transactions that a leader gave up on, and their senders, kept in mind (some 200 bytes each). */
export const MAX_SLOW_REMEMBERED = 4096;
/** Largest gas limit for a sender that a leader gave up on before: 560 ms of the slowest program, so it is paid for. */
export const MAX_SLOW_SENDER_GAS = 4_194_304n;
/** A read that executes code ends after this long (as in go-ethereum). */
export const MAX_CALL_MS = 5000;
/** Gas of one transaction (EIP-7825); also keeps gas exact in a JavaScript number. */
export const MAX_TRANSACTION_GAS = 16_777_216n;
/** Trie nodes kept in memory (some 500 bytes each) before all but the top levels are left to the database. */
export const MAX_RESIDENT_TRIE_NODES = 100_000;
/** Decoded transactions of proposals kept with their senders besides the pool's, so that a key is recovered once. */
export const MAX_KNOWN_TRANSACTIONS = 4096;

// JSON-RPC: defaults an operator may change (node/rpc/limits.ts).

/** Largest request body or WebSocket message: 30 raw transactions of the largest size, a full batch of small ones. */
export const RPC_MAX_BODY_BYTES = 5 * 1024 * 1024;
/** Most calls in one batch. */
export const RPC_MAX_BATCH_CALLS = 1000;
/** Answers of one batch beyond this many bytes become errors: what one client can make the node hold. */
export const RPC_MAX_BATCH_RESPONSE_BYTES = 32 * 1024 * 1024;
/** Calls being worked on at once, all clients together. */
export const RPC_MAX_CALLS_IN_FLIGHT = 20_000;
/** Calls that execute or scan (eth_call, eth_getLogs …) waiting for their turn; they run a few at a time. */
export const RPC_MAX_HEAVY_CALLS_WAITING = 1024;
/** Gas of one eth_call or eth_estimateGas: the most a transaction can have (EIP-7825). */
export const RPC_MAX_CALL_GAS = 16_777_216n;
/** Addresses, or alternatives of one topic, in a log filter. */
export const RPC_MAX_LOG_ALTERNATIVES = 1000;
/** Blocks one eth_feeHistory covers (as go-ethereum). */
export const RPC_MAX_FEE_HISTORY_BLOCKS = 1024;
/** Storage slots one eth_getProof proves. */
export const RPC_MAX_PROOF_SLOTS = 1024;
/** Filters that exist at once; each is a cursor of a few dozen bytes. */
export const RPC_MAX_FILTERS = 4096;
/** A filter that nobody asks for this long is forgotten (as go-ethereum). */
export const RPC_FILTER_EXPIRY_MS = 5 * 60 * 1000;
/** Newest pending transaction hashes kept for filters; a filter that polls too rarely misses older ones. */
export const RPC_PENDING_HASHES_KEPT = 16_384;
/** Open HTTP and WebSocket connections. */
export const RPC_MAX_CONNECTIONS = 2048;
/** Subscriptions of one WebSocket connection. */
export const RPC_MAX_SUBSCRIPTIONS = 128;
/** Messages of one WebSocket connection being worked on at once. */
export const RPC_MAX_SOCKET_CALLS_IN_FLIGHT = 256;
/** Bytes waiting for a slow WebSocket reader before it is disconnected: a few full blocks of logs. */
export const RPC_MAX_SOCKET_BACKLOG_BYTES = 16 * 1024 * 1024;
/** Blocks above the wanted one that are searched for a certificate. */
export const RPC_MAX_CERTIFICATE_SEARCH_BLOCKS = 1024;
/** Memory for recently read blocks with their receipts. */
export const RPC_BLOCK_CACHE_BYTES = 24 * 1024 * 1024;
/** Most blocks one log query may cover: their blooms are 2.9 MB, read in some tens of milliseconds. */
export const MAX_LOG_BLOCKS = 10_000;
/** Most logs one query may return: about 5 MB of JSON. */
export const MAX_LOG_RESULTS = 10_000;
/** Largest frame of a write-ahead log: a group of records flushed together; above the largest single message. */
export const MAX_LOG_FRAME_BYTES = 32 * 1024 * 1024;
/** The signing guard rewrites its log above this: some ten thousand ballots, read in milliseconds at start. */
export const MAX_GUARD_LOG_BYTES = 1024 * 1024;
/** Bytes waiting for one peer that reads too slowly; beyond it the oldest frames are dropped. Four full frames. */
export const MAX_SEND_QUEUE_BYTES = 4 * MAX_FRAME_BYTES;
/** Open sockets of the node port, handshakes included: three times the planned seats. */
export const MAX_CONNECTIONS = 256;
/** Time for TLS and the hello frame together, on a bad line. */
export const HANDSHAKE_TIMEOUT_MS = 5_000;
/** A connection that sent nothing for this long sends an empty frame to show that it lives. */
export const KEEP_ALIVE_MS = 5_000;
/** A connection that heard nothing for this long is given up: three keep-alives lost. */
export const PEER_SILENCE_MS = 15_000;
/** A peer whose faults add up to this is disconnected and banned. */
export const PEER_FAULT_LIMIT = 100;
/** What one refused message adds to a peer's faults; they fade by one per PEER_FAULT_FADE_MS. */
export const PEER_FAULT_PER_REJECT = 10;
export const PEER_FAULT_FADE_MS = 1_000;
/** How long a banned peer stays out: long enough to stop a flood, short enough not to cost a validator its epoch. */
export const PEER_BAN_MS = 30_000;
