/**
 * The one table of errors: number, what the catcher does with it, gRPC status, message, and the cure.
 *
 * Owns: every error the node can raise, and CunError that carries one. docs/ERRORS.md is generated from here.
 * Does not own: Solidity errors (contracts/**\/I*.sol; decoded into `reverted` by node/chain), nor assertions.
 * Called by: every room. Ranges: 1xxx types, codec and keys, 2xxx consensus, 3xxx execution and pool, 4xxx storage,
 * 5xxx network, 6xxx payments, 7xxx rpc, sdk and chain, 8xxx app, deploy and command line.
 */

/**
 * What the catcher does: reject = refuse the input and lower the sender's score; ignore = drop it, nobody is at
 * fault; retry = the same call may succeed later; stop = this node must not go on.
 */
export type ErrorAction = "reject" | "ignore" | "retry" | "stop";

/** Names of google.rpc.Code. */
export type GrpcStatus =
  | "INVALID_ARGUMENT"
  | "FAILED_PRECONDITION"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "UNAUTHENTICATED"
  | "RESOURCE_EXHAUSTED"
  | "UNAVAILABLE"
  | "OUT_OF_RANGE"
  | "DATA_LOSS"
  | "ABORTED"
  | "INTERNAL";

interface ErrorEntry {
  readonly number: number;
  readonly action: ErrorAction;
  readonly status: GrpcStatus;
  /** `{name}` is a placeholder: a typed argument of the error. */
  readonly message: string;
  /** What to do about it: one sentence for the reader of docs/ERRORS.md and of a terminal. */
  readonly cure: string;
}

const table = {
  // ── 1xxx: types, codec, keys ─────────────────────────────────────────────────────────────────────────────
  messageMalformed: {
    number: 1001,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Message cannot be decoded at byte {offset}: {reason}",
    cure: "The sender speaks another version or is faulty; compare `cun --version` on both sides.",
  },
  messageTooLarge: {
    number: 1002,
    action: "reject",
    status: "RESOURCE_EXHAUSTED",
    message: "Message of {bytes} bytes is over the limit of {limit}",
    cure: "See docs/LIMITS.md; the sender must split what it sends.",
  },
  publicKeyInvalid: {
    number: 1003,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "BLS public key of validator {index} cannot be used: {reason}",
    cure: "Make the key with `cun keys`; it must be a point of the BLS12-381 G1 subgroup, compressed, not infinity.",
  },
  secretKeyInvalid: {
    number: 1004,
    action: "stop",
    status: "INVALID_ARGUMENT",
    message: "BLS secret key cannot be used: {reason}",
    cure: "Restore the key file from its backup, or make a new key and register it.",
  },
  // ── 2xxx: consensus ──────────────────────────────────────────────────────────────────────────────────────
  epochMismatch: {
    number: 2001,
    action: "ignore",
    status: "FAILED_PRECONDITION",
    message: "Message belongs to epoch {epoch}, this node is in epoch {expected}",
    cure: "Harmless around an epoch boundary; otherwise the sender is on another validator set.",
  },
  signerUnknown: {
    number: 2002,
    action: "reject",
    status: "PERMISSION_DENIED",
    message: "Validator index {signer} is not in a set of {count}",
    cure: "The sender counts validators differently; compare the genesis files.",
  },
  signatureInvalid: {
    number: 2003,
    action: "reject",
    status: "UNAUTHENTICATED",
    message: "Signature of {kind} in view {view} by {signer} does not verify",
    cure: "The sender uses another key, chain id or genesis; compare the genesis files.",
  },
  quorumMissing: {
    number: 2004,
    action: "reject",
    status: "FAILED_PRECONDITION",
    message: "Certificate carries weight {weight} of {total}; it needs strictly more than two thirds",
    cure: "The certificate proves nothing; ask another node.",
  },
  bitmapInvalid: {
    number: 2005,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Bitmap of {bytes} bytes does not fit a set of {count}: {reason}",
    cure: "The sender is faulty or counts validators differently.",
  },
  leaderWrong: {
    number: 2006,
    action: "reject",
    status: "PERMISSION_DENIED",
    message: "Proposal for view {view} comes from {signer}; its leader is {leader}",
    cure: "The sender is faulty or on another validator set.",
  },
  proposalUnjustified: {
    number: 2007,
    action: "reject",
    status: "FAILED_PRECONDITION",
    message: "Proposal for view {view} on parent view {parentView} is not justified: {reason}",
    cure: "The sender is faulty: a proposal needs its parent's certificate and a nullification of each skipped view.",
  },
  viewStale: {
    number: 2008,
    action: "ignore",
    status: "OUT_OF_RANGE",
    message: "View {view} is not above the finalised view {finalized}",
    cure: "Harmless: the message came late.",
  },
  viewTooFar: {
    number: 2009,
    action: "ignore",
    status: "OUT_OF_RANGE",
    message: "View {view} is more than {limit} views ahead of {current}",
    cure: "This node is behind and synchronises, or the sender is faulty.",
  },
  voteConflicting: {
    number: 2010,
    action: "reject",
    status: "ABORTED",
    message: "Validator {signer} signed two conflicting votes in view {view}: {first} and {second}",
    cure: "The validator is faulty; the two votes are evidence against it.",
  },
  payloadInvalid: {
    number: 2011,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Block {digest} proposed in view {view} is invalid: {reason}",
    cure: "The proposer is faulty or executes differently; compare versions and genesis files.",
  },
  voteDuplicate: {
    number: 2012,
    action: "ignore",
    status: "ALREADY_EXISTS",
    message: "Vote {kind} of validator {signer} in view {view} is already counted",
    cure: "Harmless: votes are sent again until they are certified.",
  },
  epochClosed: {
    number: 2013,
    action: "reject",
    status: "FAILED_PRECONDITION",
    message: "Block {digest} proposed in view {view} stands on {parentDigest}, with which epoch {epoch} ends",
    cure: "The proposer is faulty or executes differently: the last block of an epoch is proposed again, never built on.",
  },
  reproposalRefused: {
    number: 2014,
    action: "reject",
    status: "FAILED_PRECONDITION",
    message: "Block {digest} is proposed again in view {view} and does not end epoch {epoch}",
    cure: "The proposer is faulty or executes differently: only the last block of an epoch is proposed again.",
  },
  // ── 3xxx: execution and pool ─────────────────────────────────────────────────────────────────────────────
  transactionMalformed: {
    number: 3001,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Transaction cannot be decoded: {reason}",
    cure: "Send the signed transaction as RLP (EIP-2718 envelope or legacy list).",
  },
  transactionTooLarge: {
    number: 3002,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "oversized data: transaction size {bytes}, limit {limit}",
    cure: "Split the data over several transactions; see docs/LIMITS.md.",
  },
  transactionTypeUnsupported: {
    number: 3003,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "transaction type not supported: type {type}, supported {supported}",
    cure: "Send type 0, 1, 2 or 4; this chain has no blobs.",
  },
  transactionChainIdWrong: {
    number: 3004,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "invalid chain id for signer: have {chainId} want {expected}",
    cure: "Connect the wallet to this network and sign again.",
  },
  transactionSignatureInvalid: {
    number: 3005,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "invalid sender: {reason}",
    cure: "Sign again with a wallet that follows EIP-2 (low s values).",
  },
  transactionNonceTooLow: {
    number: 3006,
    action: "ignore",
    status: "FAILED_PRECONDITION",
    message: "nonce too low: next nonce {expected}, tx nonce {nonce}",
    cure: "The nonce is used up; sign again with the next one.",
  },
  transactionNonceTooHigh: {
    number: 3007,
    action: "ignore",
    status: "FAILED_PRECONDITION",
    message: "nonce too high: next nonce {expected}, tx nonce {nonce}",
    cure: "Send the missing transactions first; the pool keeps only a short row of later ones.",
  },
  transactionFundsInsufficient: {
    number: 3008,
    action: "ignore",
    status: "FAILED_PRECONDITION",
    message: "insufficient funds for gas * price + value: balance {balance}, tx cost {cost}",
    cure: "Fund the account, or lower value, gas limit or fee.",
  },
  transactionGasTooLow: {
    number: 3009,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "intrinsic gas too low: gas {gas}, minimum needed {minimum}",
    cure: "Raise the gas limit; eth_estimateGas gives one that is enough.",
  },
  transactionGasTooHigh: {
    number: 3010,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "transaction gas limit too high (cap: {cap}, tx: {gas})",
    cure: "Lower the gas limit; no transaction may have more (EIP-7825).",
  },
  transactionGasAboveBlock: {
    number: 3011,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "exceeds block gas limit: tx {gas}, block {limit}",
    cure: "Lower the gas limit, or split the work.",
  },
  transactionFeeTooLow: {
    number: 3012,
    action: "ignore",
    status: "FAILED_PRECONDITION",
    message: "max fee per gas less than block base fee: maxFeePerGas {fee}, baseFee {baseFee}",
    cure: "Raise the fee; eth_feeHistory and eth_gasPrice tell what is needed.",
  },
  transactionTipAboveFee: {
    number: 3013,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas {tip}, maxFeePerGas {fee}",
    cure: "The tip is part of the fee: raise the fee or lower the tip.",
  },
  transactionReplacementUnderpriced: {
    number: 3014,
    action: "ignore",
    status: "FAILED_PRECONDITION",
    message: "replacement transaction underpriced: {field} {fee}, needed {minimum}",
    cure: "Raise fee and tip by a tenth or more over the transaction that waits with this nonce.",
  },
  transactionKnown: {
    number: 3015,
    action: "ignore",
    status: "ALREADY_EXISTS",
    message: "already known: {hash}",
    cure: "Harmless: the transaction waits in the pool.",
  },
  transactionInitcodeTooLarge: {
    number: 3016,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "max initcode size exceeded: code size {bytes}, limit {limit}",
    cure: "Split the contract (EIP-3860).",
  },
  transactionSenderIsContract: {
    number: 3017,
    action: "ignore",
    status: "FAILED_PRECONDITION",
    message: "sender not an eoa: address {sender}, codehash {codeHash}",
    cure: "Contracts cannot sign (EIP-3607).",
  },
  poolFull: {
    number: 3018,
    action: "retry",
    status: "RESOURCE_EXHAUSTED",
    message: "txpool is full: {count} of {limit} {unit}",
    cure: "Send again later.",
  },
  poolSenderFull: {
    number: 3019,
    action: "retry",
    status: "RESOURCE_EXHAUSTED",
    message: "txpool is full for sender {sender}: {count} of {limit} transactions",
    cure: "Wait until some are in a block, then send again.",
  },
  transactionTooSlow: {
    number: 3020,
    action: "ignore",
    status: "RESOURCE_EXHAUSTED",
    message: "Transaction {hash} was left out: executing it takes longer than {limitMs} ms",
    cure: "Split the work over several transactions; the time goes into precompiles.",
  },
  callTooSlow: {
    number: 3021,
    action: "reject",
    status: "RESOURCE_EXHAUSTED",
    message: "execution aborted (timeout = {limitMs} ms)",
    cure: "Ask for less at once, or run a node of your own.",
  },
  transactionSenderSlow: {
    number: 3022,
    action: "ignore",
    status: "RESOURCE_EXHAUSTED",
    message: "sender {sender} had a transaction that took too long: gas limit {gas} is above {limit}",
    cure: "Send it with less gas, in several transactions if need be.",
  },
  blockMalformed: {
    number: 3031,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Block cannot be decoded: {reason}",
    cure: "The proposer is faulty or speaks another version.",
  },
  blockTooLarge: {
    number: 3032,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Block of {bytes} bytes is over the limit of {limit}",
    cure: "The proposer is faulty; see docs/LIMITS.md.",
  },
  blockFieldInvalid: {
    number: 3033,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Block header has {field} {value}; {expected} was expected",
    cure: "The proposer breaks a rule of the chain; compare versions and genesis files.",
  },
  blockTransactionInvalid: {
    number: 3034,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Transaction {index} of the block is invalid: {reason}",
    cure: "The proposer is faulty: a block holds only transactions that can be executed.",
  },
  blockResultInvalid: {
    number: 3035,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Executing the block gives {field} {computed}; its header says {value}",
    cure: "The proposer executes differently; compare versions and genesis files.",
  },
  blockNotExecuted: {
    number: 3036,
    action: "retry",
    status: "NOT_FOUND",
    message: "Block {hash} has not been executed here, or was pruned",
    cure: "Verify it first, and its ancestors above the head.",
  },
  headNotChild: {
    number: 3037,
    action: "stop",
    status: "FAILED_PRECONDITION",
    message: "Block {hash} cannot become the head: its parent is {parent}, the head is {head}",
    cure: "Blocks are finalised one after the other; restart the node to replay them from its store.",
  },
  stateMissing: {
    number: 3038,
    action: "stop",
    status: "DATA_LOSS",
    message: "State {kind} {hash} is not in the database",
    cure: "The database lost data: move the state folder away; the node rebuilds it from its blocks.",
  },
  // ── 4xxx: storage ────────────────────────────────────────────────────────────────────────────────────────
  signingConflict: {
    number: 4001,
    action: "stop",
    status: "ABORTED",
    message: "Refusing to sign {kind} for {digest} in view {view}: this key already signed {previous}",
    cure: "Two nodes share one key, or the data folder is an old copy. Stop one of them; never delete signing-guard.log.",
  },
  storageFailed: {
    number: 4002,
    action: "stop",
    status: "UNAVAILABLE",
    message: "Storage {path} failed: {reason}",
    cure: "Free space or repair the disk, then start the node again; nothing that was acknowledged is lost.",
  },
  recordCorrupt: {
    number: 4003,
    action: "stop",
    status: "DATA_LOSS",
    message: "Record at byte {offset} of {path} is corrupt though later records are whole: {reason}",
    cure: "The disk changed written data. Restore the file, or move the data folder away and synchronise anew with a new key.",
  },
  dataDirectoryLocked: {
    number: 4004,
    action: "stop",
    status: "FAILED_PRECONDITION",
    message: "Data folder {path} is in use by another process",
    cure: "Stop the other node, or give this one a data folder of its own.",
  },
  databaseCorrupt: {
    number: 4005,
    action: "stop",
    status: "DATA_LOSS",
    message: "Database {path} is corrupt: {reason}",
    cure: "The disk changed written data. Restore the folder, or move it away and synchronise anew; keep signing-guard.log.",
  },
  genesisMismatch: {
    number: 4006,
    action: "stop",
    status: "FAILED_PRECONDITION",
    message: "Data folder holds a chain with genesis {found}; this network's genesis is {expected}",
    cure: "Use the data folder of this network, or another one; a development network begins anew with `npm start -- --fresh`.",
  },
  blockUnknown: {
    number: 4007,
    action: "ignore",
    status: "NOT_FOUND",
    message: "Block {hash} is not among the finalised blocks",
    cure: "The node has not caught up to this block, or it belongs to another chain.",
  },
  logRangeTooLarge: {
    number: 4008,
    action: "reject",
    status: "RESOURCE_EXHAUSTED",
    message: "Log query from block {fromHeight} to {toHeight} is too large: {reason}",
    cure: "Ask for fewer blocks, or narrow addresses and topics; see docs/LIMITS.md.",
  },
  // ── 5xxx: network ────────────────────────────────────────────────────────────────────────────────────────
  certificateUnknown: {
    number: 5001,
    action: "reject",
    status: "PERMISSION_DENIED",
    message: "Node certificate {fingerprint} is not admitted to this network",
    cure: "Register the certificate's fingerprint in the ValidatorRegistry, or correct the configured peers.",
  },
  certificateRevoked: {
    number: 5002,
    action: "reject",
    status: "PERMISSION_DENIED",
    message: "Node certificate {fingerprint} is revoked",
    cure: "Make a new certificate and have it registered; a revoked one never comes back.",
  },
  certificateExpired: {
    number: 5003,
    action: "reject",
    status: "UNAUTHENTICATED",
    message: "Node certificate {fingerprint} is valid from {notBefore} to {notAfter}; it is {now}",
    cure: "Renew the certificate and register its new fingerprint; check the clocks of both nodes.",
  },
  certificateMissing: {
    number: 5004,
    action: "reject",
    status: "UNAUTHENTICATED",
    message: "Peer at {address} presented no certificate",
    cure: "Only nodes with a certificate may connect; other programs use the RPC port.",
  },
  peerUnexpected: {
    number: 5005,
    action: "reject",
    status: "UNAUTHENTICATED",
    message: "Peer at {address} has certificate {fingerprint}; {expected} was expected there",
    cure: "The configured address belongs to another node; correct the configured peers.",
  },
  networkMismatch: {
    number: 5006,
    action: "reject",
    status: "FAILED_PRECONDITION",
    message:
      "Peer {fingerprint} is on chain {chainId} with genesis {genesis}; this node is on {ownChainId} with {ownGenesis}",
    cure: "Compare the genesis files of both nodes.",
  },
  protocolMismatch: {
    number: 5007,
    action: "reject",
    status: "FAILED_PRECONDITION",
    message: "Peer {fingerprint} speaks network protocol {version}; this node speaks {ownVersion}",
    cure: "Bring both nodes to the same version (`cun --version`).",
  },
  selfConnection: {
    number: 5008,
    action: "ignore",
    status: "FAILED_PRECONDITION",
    message: "Refused a connection with this node's own certificate {fingerprint}",
    cure: "Remove the node's own address from its peers; if it is not there, somebody copied the certificate's key.",
  },
  connectionDuplicate: {
    number: 5009,
    action: "ignore",
    status: "ALREADY_EXISTS",
    message: "Peer {fingerprint} is already connected by the connection that has precedence",
    cure: "Harmless: both sides dialled at once.",
  },
  peerBanned: {
    number: 5010,
    action: "ignore",
    status: "PERMISSION_DENIED",
    message: "Peer {fingerprint} misbehaved and is not let in for another {remainingMs} ms",
    cure: "Look at the codes reported for this peer before; the ban ends by itself.",
  },
  handshakeFailed: {
    number: 5011,
    action: "retry",
    status: "UNAVAILABLE",
    message: "Handshake with {address} failed: {reason}",
    cure: "Something that is no node connected, or the peer is of another version or not up yet.",
  },
  peerRefused: {
    number: 5012,
    action: "retry",
    status: "PERMISSION_DENIED",
    message: "Peer {fingerprint} refused this node with CUN-{refusal}",
    cure: "Look the code up in docs/ERRORS.md: it is the peer's reason.",
  },
  peerSilent: {
    number: 5013,
    action: "retry",
    status: "UNAVAILABLE",
    message: "Nothing was heard from peer {fingerprint} for {silentMs} ms",
    cure: "The peer or the way to it is down; the node dials it again by itself.",
  },
  listenFailed: {
    number: 5014,
    action: "stop",
    status: "UNAVAILABLE",
    message: "Listening on {host}:{port} failed: {reason}",
    cure: "Another program uses the port, or the address is not this machine's; choose another one.",
  },
  nodeCertificateInvalid: {
    number: 5015,
    action: "stop",
    status: "FAILED_PRECONDITION",
    message: "This node's own certificate cannot be used: {reason}",
    cure: "Restore both files, or make a new certificate (`cun renew-certificate`) and bring it to the registry.",
  },
  connectionsExhausted: {
    number: 5016,
    action: "retry",
    status: "RESOURCE_EXHAUSTED",
    message: "Refused a connection from {address}: {count} connections are open",
    cure: "Too many programs connect to the node port; a firewall should let only nodes in.",
  },
  // ── 7xxx: rpc, sdk and chain ─────────────────────────────────────────────────────────────────────────────
  rpcParseFailed: {
    number: 7001,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Request is not JSON",
    cure: "Send one JSON-RPC 2.0 object, or an array of them, as UTF-8.",
  },
  rpcRequestInvalid: {
    number: 7002,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Request is not a JSON-RPC 2.0 call: {reason}",
    cure: 'Send {"jsonrpc":"2.0","id":1,"method":"…","params":[…]}.',
  },
  rpcMethodUnknown: {
    number: 7003,
    action: "reject",
    status: "NOT_FOUND",
    message: "The method {method} does not exist or is not available",
    cure: "docs/protocol/json-rpc.md lists the methods; keys stay in the wallet, so nothing here signs.",
  },
  rpcParameterInvalid: {
    number: 7004,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Parameter {position} is invalid: {reason}",
    cure: "Correct the parameter; positions count from 0.",
  },
  rpcLimitExceeded: {
    number: 7005,
    action: "retry",
    status: "RESOURCE_EXHAUSTED",
    message: "Limit exceeded: {what}, at most {limit}",
    cure: "Ask for less at once, or ask a node with higher limits (docs/LIMITS.md).",
  },
  rpcBlockUnknown: {
    number: 7006,
    action: "retry",
    status: "NOT_FOUND",
    message: "Block {block} is not known here",
    cure: "The block is not finalised yet, or belongs to another network.",
  },
  rpcFilterUnknown: {
    number: 7007,
    action: "reject",
    status: "NOT_FOUND",
    message: "Filter {id} does not exist",
    cure: "Filters that nobody asks are forgotten; create it again.",
  },
  rpcNotificationsUnsupported: {
    number: 7008,
    action: "reject",
    status: "FAILED_PRECONDITION",
    message: "Subscriptions need a WebSocket connection",
    cure: "Connect with ws:// on the same port, or poll a filter.",
  },
  rpcCertificatePending: {
    number: 7009,
    action: "retry",
    status: "UNAVAILABLE",
    message: "No certificate covers block {height} within {searched} blocks",
    cure: "The certificate of a new block arrives within moments: ask again.",
  },
  callReverted: {
    number: 7010,
    action: "reject",
    status: "ABORTED",
    message: "Execution reverted: {reason} ({data})",
    cure: "The contract refused the call; decode the data with its ABI.",
  },
  callFailed: {
    number: 7011,
    action: "reject",
    status: "ABORTED",
    message: "Execution stopped: {exception}",
    cure: "The contract or the gas given to it is wrong.",
  },
  rpcOriginRefused: {
    number: 7012,
    action: "reject",
    status: "PERMISSION_DENIED",
    message: "Requests for host {host} from origin {origin} are not accepted here",
    cure: "Name the host or origin in the node's RPC options if it is yours (docs/protocol/json-rpc.md, Security).",
  },
  rpcListenFailed: {
    number: 7013,
    action: "stop",
    status: "UNAVAILABLE",
    message: "JSON-RPC cannot listen on {host} port {port}: {reason}",
    cure: "Stop the other program on that port, or choose another port.",
  },
  nodeUnreachable: {
    number: 7014,
    action: "retry",
    status: "UNAVAILABLE",
    message: "No JSON-RPC answer from {url}: {reason}",
    cure: "Start the node, or name the host and port of its `rpc` in config.json (with cun: `--rpc http://host:port`).",
  },
  governanceContractMissing: {
    number: 7015,
    action: "stop",
    status: "NOT_FOUND",
    message: "No system contract that answers {method} at {address}",
    cure: "Give the ContractDirectory of this chain (`--directory`, or `--data` of one of its nodes).",
  },
  governanceParameterInvalid: {
    number: 7016,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Parameter {name} cannot become {value}: {reason}",
    cure: "`cun governance show` lists names, units, values and bounds.",
  },
  governanceBatchUnreadable: {
    number: 7017,
    action: "reject",
    status: "FAILED_PRECONDITION",
    message: "Call {index} of the batch, to {target}, cannot be shown in words: {data}",
    cure: "Read its data with the contract's ABI yourself; sign with --raw when you know what it does.",
  },
  governanceBatchStale: {
    number: 7018,
    action: "reject",
    status: "FAILED_PRECONDITION",
    message: "The batch's {what} is {actual}; the council needs {expected}",
    cure: "Another batch came first, or it is of another chain: sign a new one.",
  },
  governanceSignerUnknown: {
    number: 7019,
    action: "reject",
    status: "PERMISSION_DENIED",
    message: "This BLS key is not among the {count} of epoch {epoch}",
    cure: "Sign with the data folder of a validator of the present set.",
  },
  governanceSignatureRefused: {
    number: 7020,
    action: "reject",
    status: "UNAUTHENTICATED",
    message: "Signature of {operator} cannot be used: {reason}",
    cure: "Ask that operator to sign the same batch: `cun governance sign --calls <your signature file>`.",
  },
  governanceApprovalsMissing: {
    number: 7021,
    action: "retry",
    status: "FAILED_PRECONDITION",
    message: "{count} approvals that count are missing: {operators}",
    cure: "Gather their signature files, or use the escape (docs/protocol/governance.md) when keys are lost.",
  },
  // ── 8xxx: app, deploy and command line ───────────────────────────────────────────────────────────────────
  finalityConflict: {
    number: 8001,
    action: "stop",
    status: "DATA_LOSS",
    message: "Two blocks are certified final at height {height}: {stored} is stored, {certified} came",
    cure: "More than a third of the voting weight signed both. Keep the data folder as evidence and alert the other operators.",
  },
  finalizedBlockInvalid: {
    number: 8002,
    action: "stop",
    status: "INTERNAL",
    message: "Block {digest} at height {height} is certified final but not valid here: {reason}",
    cure: "This node executes differently from more than two thirds of the network: compare versions, then report it.",
  },
  chainGap: {
    number: 8003,
    action: "stop",
    status: "DATA_LOSS",
    message: "Block {height} is missing from the store whose head is {head}",
    cure: "Move the data folder away and let the node synchronise anew.",
  },
  syncUnlinked: {
    number: 8004,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Block {digest} sent for catching up has parent {parentDigest}; {parent} was expected",
    cure: "The peer is faulty or on another chain; another peer is asked.",
  },
  syncUncertified: {
    number: 8005,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "Block {digest} sent for catching up comes with a certificate of {certified}",
    cure: "The peer is faulty; another peer is asked.",
  },
  optionInvalid: {
    number: 8006,
    action: "reject",
    status: "INVALID_ARGUMENT",
    message: "{option}: {reason}",
    cure: "See `--help` of the same command.",
  },
  fileInvalid: {
    number: 8007,
    action: "stop",
    status: "FAILED_PRECONDITION",
    message: "{path} cannot be used: {reason}",
    cure: "Correct or restore the file; docs/OPERATING.md says what belongs in it.",
  },
  deployPlanInvalid: {
    number: 8101,
    action: "stop",
    status: "INTERNAL",
    message: "Deployment step {step} cannot be ordered: {reason}",
    cure: "Correct `dependsOn` of the steps in deploy/.",
  },
  deployArtifactMissing: {
    number: 8102,
    action: "stop",
    status: "NOT_FOUND",
    message: "No compiled contract {contract} at {path}",
    cure: "Run `npx hardhat build` first.",
  },
  deployTransactionFailed: {
    number: 8103,
    action: "stop",
    status: "ABORTED",
    message: "Deployment: {label} failed: {reason}",
    cure: "Mend the cause and run `npx hardhat deploy` again: it goes on where it stopped.",
  },
  deployTransactionPending: {
    number: 8104,
    action: "retry",
    status: "UNAVAILABLE",
    message: "Deployment: {label} was sent as {hash} but is not in a block after {seconds} s",
    cure: "See that blocks go on, then run `npx hardhat deploy` again.",
  },
  deployMismatch: {
    number: 8105,
    action: "stop",
    status: "FAILED_PRECONDITION",
    message: "Deployment: {what} is {actual} on chain, {expected} was configured",
    cure: "The chain was set up with other values: use the configuration it was made with, or a fresh network.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** The table as data, for generators and for code that looks an entry up by name. */
export const ERRORS: Readonly<Record<ErrorName, ErrorEntry>> = table;

export type ErrorName = keyof typeof table;

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The arguments an error needs: one for each placeholder of its message. */
export type ErrorDetails<Name extends ErrorName> = {
  readonly [Key in Placeholders<(typeof table)[Name]["message"]>]: string | number | bigint;
};

/** An error of the table. Catchers look at `errorName` or `action`, never at the text. */
export class CunError<Name extends ErrorName = ErrorName> extends Error {
  readonly errorName: Name;
  readonly details: ErrorDetails<Name>;

  constructor(errorName: Name, details: ErrorDetails<Name>, options?: ErrorOptions) {
    const values = details as Readonly<Record<string, string | number | bigint>>;
    super(
      table[errorName].message.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key])),
      options,
    );
    this.name = "CunError";
    this.errorName = errorName;
    this.details = details;
  }

  /** Stable code for logs, documents and machines: `CUN-2003`. */
  get code(): string {
    return `CUN-${table[this.errorName].number}`;
  }
  get action(): ErrorAction {
    return table[this.errorName].action;
  }
  get status(): GrpcStatus {
    return table[this.errorName].status;
  }
  get cure(): string {
    return table[this.errorName].cure;
  }
}

export function isCunError<Name extends ErrorName>(error: unknown, name: Name): error is CunError<Name> {
  return error instanceof CunError && error.errorName === name;
}

/** For what can only be our own bug: throws, which stops the node and fails a simulation. Never for input. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${sentence}`);
}
