/**
 * Methods about logs and filters: eth_getLogs, eth_new*Filter, eth_getFilter*, eth_uninstallFilter.
 *
 * Owns: their answers. Does not own: queries (log-query.ts), the filters (filters.ts).
 * Called by: registry.
 */
import { z } from "zod";
import { CunError } from "../../types/errors.ts";
import { encodeLocatedLog } from "../encode.ts";
import { queryLogs } from "../log-query.ts";
import { heavyMethod, type Method, method, type RpcContext } from "../method.ts";
import { type LogFilterParameter, logFilterParameter } from "../parameters.ts";

const idParameter = z
  .string("expected a filter id")
  .regex(/^0x[0-9a-f]{1,32}$/i, "expected a filter id in hex")
  .transform((id) => id.toLowerCase());

async function encodedLogs(context: RpcContext, parameter: LogFilterParameter): Promise<object[]> {
  return (await queryLogs(context, parameter)).map(encodeLocatedLog);
}

function newLogFilter(context: RpcContext, parameter: LogFilterParameter): string {
  if (parameter.blockHash) {
    throw new CunError("rpcParameterInvalid", { position: 0, reason: "a filter cannot wait for logs of one block" });
  }
  return context.filters.addLogs(parameter);
}

export const logMethods: readonly (readonly [string, Method])[] = [
  ["eth_getLogs", heavyMethod([logFilterParameter], (context, [parameter]) => encodedLogs(context, parameter))],
  ["eth_newFilter", method([logFilterParameter], (context, [parameter]) => newLogFilter(context, parameter))],
  ["eth_newBlockFilter", method([], (context) => context.filters.addBlocks())],
  ["eth_newPendingTransactionFilter", method([], (context) => context.filters.addPending())],
  ["eth_uninstallFilter", method([idParameter], (context, [id]) => context.filters.remove(id))],
  ["eth_getFilterChanges", heavyMethod([idParameter], (context, [id]) => context.filters.changes(context, id))],
  [
    "eth_getFilterLogs",
    heavyMethod([idParameter], (context, [id]) => encodedLogs(context, context.filters.logsParameter(id))),
  ],
];
