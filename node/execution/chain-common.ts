/**
 * The rules of the Ethereum fork this chain runs, for the @ethereumjs libraries.
 *
 * Owns: hardfork (Osaka from genesis), chain id, native cryptography; one shared instance, since nothing in it changes.
 * Does not own: the chain's own header rules (block-rules.ts).
 * Called by: embedded. No deposit contract (EIP-6110): validators register elsewhere.
 */
import { paramsBlock } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { paramsEVM } from "@ethereumjs/evm";
import { paramsTx } from "@ethereumjs/tx";
import { setLengthLeft } from "@ethereumjs/util";
import { paramsVM } from "@ethereumjs/vm";
import { keccak256, recoverPublicKey } from "./hashing.ts";
import { kzg } from "./kzg.ts";

export function createChainCommon(chainId: number): Common {
  const { depositContractAddress: _, ...mainnet } = Mainnet;
  const common = new Common({
    chain: { ...mainnet, name: "coopunion", chainId },
    hardfork: Hardfork.Osaka,
    customCrypto: { keccak256, ecrecover, kzg },
  });
  for (const params of [paramsTx, paramsBlock, paramsEVM, paramsVM]) common.updateParams(params);
  // The libraries ask the same few questions thousands of times per block, and copy the instance for each
  // transaction. Fork and parameters are fixed from here on, so answers can be remembered and the copy shared.
  return Object.assign(common, {
    copy: () => common,
    updateParams: () => undefined,
    param: remembered((name: string) => Common.prototype.param.call(common, name)),
    isActivatedEIP: remembered((eip: number) => Common.prototype.isActivatedEIP.call(common, eip)),
    gteHardfork: remembered((fork: string) => Common.prototype.gteHardfork.call(common, fork)),
  });
}

function remembered<Key, Value>(ask: (key: Key) => Value): (key: Key) => Value {
  const answers = new Map<Key, Value>();
  return (key) => {
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = ask(key);
      answers.set(key, answer);
    }
    return answer;
  };
}

/** The libraries' shape of recovery: `v` is 0/1, 27/28, or with the chain id in it (EIP-155). */
function ecrecover(hash: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array, chainId?: bigint): Uint8Array {
  const recovery = v < 2n ? v : chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  if (recovery !== 0n && recovery !== 1n) throw new RangeError(`recovery id ${recovery}`);
  const signature = new Uint8Array(64);
  signature.set(setLengthLeft(r, 32), 0);
  signature.set(setLengthLeft(s, 32), 32);
  return recoverPublicKey(hash, signature, Number(recovery));
}
