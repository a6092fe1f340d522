/**
 * One JSON-RPC call: what the SDK and the command line need below a full ethers provider.
 *
 * Owns: the call and its error. Called by: sdk, cli. Browser-safe.
 */

/** @throws Error with the node's message, or when the node does not answer in the time (milliseconds). */
export async function callRpc<Result>(
  url: string,
  method: string,
  params: readonly unknown[] = [],
  timeoutMs = 10_000,
): Promise<Result> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { result, error } = (await response.json()) as { result: Result; error?: { code: number; message: string } };
  if (error) throw new Error(`${method}: ${error.message} (${error.code})`);
  return result;
}
