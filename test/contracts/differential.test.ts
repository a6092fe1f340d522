/**
 * Brings the differential tests of contracts into Hardhat's run, which looks in test/contracts only.
 *
 * Owns: nothing; see test/differential.
 */
import "../differential/cunp.test.ts";
import "../differential/economy.test.ts";
