/**
 * From an error of the node to the error of JSON-RPC that wallets and libraries know: one table.
 *
 * Owns: codes, go-ethereum's words (ethers, Hardhat and wallets match on them) and what a client may see.
 * Does not own: the errors themselves (types/errors.ts), decoding of reverts (revert.ts).
 * Called by: dispatch. JSON-RPC 2.0 §5.1, EIP-1474. What is not in the table is our own failure: the
 * client learns nothing of it but "internal error", the operator finds it in the log.
 */
import { CunError, type ErrorDetails, type ErrorName } from "../types/errors.ts";

export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

interface Mapping<Name extends ErrorName> {
  readonly code: number;
  /** Without one, the message of the error table is used. */
  readonly message?: string | ((details: ErrorDetails<Name>) => string);
  /** Without one, the stable code of the error table is sent. */
  readonly data?: (details: ErrorDetails<Name>) => unknown;
}

const REFUSED = -32000;
const LIMIT = -32005;

const TABLE: { readonly [Name in ErrorName]?: Mapping<Name> } = {
  rpcParseFailed: { code: -32700, message: "parse error" },
  rpcRequestInvalid: { code: -32600, message: (details) => `invalid request: ${details.reason}` },
  rpcMethodUnknown: {
    code: -32601,
    message: (details) => `the method ${details.method} does not exist/is not available`,
  },
  rpcNotificationsUnsupported: { code: -32601, message: "notifications not supported" },
  rpcParameterInvalid: {
    code: -32602,
    message: (details) => `invalid argument ${details.position}: ${details.reason}`,
  },
  rpcLimitExceeded: { code: LIMIT, message: (details) => `limit exceeded: ${details.what}, at most ${details.limit}` },
  rpcBlockUnknown: { code: -32001, message: (details) => `header not found: block ${details.block} is not known` },
  rpcFilterUnknown: { code: REFUSED, message: "filter not found" },
  rpcCertificatePending: { code: REFUSED },
  rpcOriginRefused: { code: REFUSED },
  callReverted: {
    code: 3,
    message: (details) => (details.reason === "" ? "execution reverted" : `execution reverted: ${details.reason}`),
    data: (details) => details.data,
  },
  callTooSlow: { code: REFUSED },
  callFailed: { code: REFUSED, message: (details) => String(details.exception) },
  logRangeTooLarge: { code: LIMIT },
  // The pool's refusals speak go-ethereum's words already.
  transactionMalformed: { code: REFUSED },
  transactionTooLarge: { code: REFUSED },
  transactionTypeUnsupported: { code: REFUSED },
  transactionChainIdWrong: { code: REFUSED },
  transactionSignatureInvalid: { code: REFUSED },
  transactionNonceTooLow: { code: REFUSED },
  transactionNonceTooHigh: { code: REFUSED },
  transactionFundsInsufficient: { code: REFUSED },
  transactionGasTooLow: { code: REFUSED },
  transactionGasTooHigh: { code: REFUSED },
  transactionGasAboveBlock: { code: REFUSED },
  transactionFeeTooLow: { code: REFUSED },
  transactionTipAboveFee: { code: REFUSED },
  transactionReplacementUnderpriced: { code: REFUSED },
  transactionKnown: { code: REFUSED },
  transactionInitcodeTooLarge: { code: REFUSED },
  transactionSenderIsContract: { code: REFUSED },
  transactionTooSlow: { code: REFUSED },
  transactionSenderSlow: { code: REFUSED },
  poolFull: { code: REFUSED },
  poolSenderFull: { code: REFUSED },
};

const INTERNAL: RpcErrorObject = { code: -32603, message: "internal error" };

function mapped<Name extends ErrorName>(error: CunError<Name>): RpcErrorObject | undefined {
  const mapping = TABLE[error.errorName] as Mapping<Name> | undefined;
  if (!mapping) return undefined;
  const { message } = mapping;
  return {
    code: mapping.code,
    message: typeof message === "function" ? message(error.details) : (message ?? error.message),
    data: mapping.data ? mapping.data(error.details) : { error: error.code, name: error.errorName },
  };
}

/** What the client is told. `internal` says that it is our own failure and belongs in the log. */
export function toRpcError(error: unknown): { readonly object: RpcErrorObject; readonly internal: boolean } {
  const object = error instanceof CunError ? mapped(error) : undefined;
  return object ? { object, internal: false } : { object: INTERNAL, internal: true };
}
