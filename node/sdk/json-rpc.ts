/**
 * One JSON-RPC call: what the SDK and the command line need below a full ethers provider.
 *
 * Owns: the call and its error. Called by: sdk, cli. Browser-safe.
 */
import { CunError } from "../types/errors.ts";

/** @throws CunError nodeUnreachable when no node answers in the time (milliseconds); Error with the node's message */
export async function callRpc<Result>(
  url: string,
  method: string,
  params: readonly unknown[] = [],
  timeoutMs = 10_000,
): Promise<Result> {
  const { result, error } = (await post(url, { jsonrpc: "2.0", id: 1, method, params }, timeoutMs)) as {
    readonly result: Result;
    readonly error?: { readonly code: number; readonly message: string };
  };
  if (error) throw new Error(`${method}: ${error.message} (${error.code})`);
  return result;
}

async function post(url: string, call: unknown, timeoutMs: number): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(call),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return await response.json();
  } catch (error) {
    throw new CunError("nodeUnreachable", { url, reason: reasonOf(error as Error) }, { cause: error });
  }
}

/** `fetch` hides why it failed in the cause, whose message is empty when several addresses were tried. */
function reasonOf({ message, cause }: Error): string {
  const { code, message: detail } = (cause ?? {}) as { readonly code?: string; readonly message?: string };
  return detail || code || message;
}
