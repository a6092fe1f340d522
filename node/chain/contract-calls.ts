/**
 * Calls of view functions in the node's own state.
 *
 * Owns: encoding, decoding, and finding a contract through the directory. Does not own: which functions there are.
 * Called by: system-contracts, epoch-reader. Trusts nobody: the state is what this node executed.
 */
import type { Interface } from "ethers";
import type { StatePort } from "../ports/execution.ts";
import { isCunError } from "../types/errors.ts";
import { type Address, fromHex, toHex } from "../types/primitives.ts";

/** A call fails for lack of time only when the machine stood still: then it is made again. */
const ATTEMPTS = 3;

export class ContractCalls {
  readonly #state: StatePort;
  readonly #abi: Interface;
  readonly #directory: Address | undefined;

  constructor(state: StatePort, abi: Interface, directory: Address | undefined) {
    this.#state = state;
    this.#abi = abi;
    this.#directory = directory;
  }

  /** Where the directory says that a contract is, after the block with this header; undefined when it says nothing. */
  async find(header: Uint8Array, name: string): Promise<Address | undefined> {
    if (!this.#directory) return undefined;
    const key = toHex(new TextEncoder().encode(name)).padEnd(66, "0");
    const [address] = (await this.read(header, this.#directory, "addressOf", [key])) ?? [];
    if (address === undefined || BigInt(address as string) === 0n) return undefined;
    return (address as string).toLowerCase() as Address;
  }

  /** The decoded answer; undefined when there is no such contract, it refuses, or answers in another form. */
  async read(
    header: Uint8Array,
    to: Address,
    name: string,
    values: readonly unknown[],
  ): Promise<readonly unknown[] | undefined> {
    const data = fromHex(this.#abi.encodeFunctionData(name, values))!;
    const { succeeded, output } = await this.#call(header, to, data);
    if (!succeeded || output.length === 0) return undefined;
    try {
      // Lazily decoded by ethers: what does not fit shows when it is taken out.
      return this.#abi.decodeFunctionResult(name, toHex(output)).toArray(true) as unknown[];
    } catch {
      return undefined;
    }
  }

  async #call(header: Uint8Array, to: Address, data: Uint8Array) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#state.call(header, { to, data });
      } catch (error) {
        if (!isCunError(error, "callTooSlow") || attempt === ATTEMPTS) throw error;
      }
    }
  }
}
