/**
 * Getting at the error that a promise or a call ends with.
 *
 * Owns: rejection, thrown. Both fail the test when there is no CunError. Called by: tests.
 */
import { CunError } from "../../node/types/errors.ts";

export async function rejection(work: Promise<unknown>): Promise<CunError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CunError) return error;
    throw error;
  }
  throw new Error("the promise was expected to reject");
}

export function thrown(work: () => unknown): CunError {
  try {
    work();
  } catch (error) {
    if (error instanceof CunError) return error;
    throw error;
  }
  throw new Error("the call was expected to throw");
}
