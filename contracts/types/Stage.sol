// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * The stages of the network as a value: Origin (0, proof of authority), Cape of Good Hope (1), New Generation (2).
 *
 * Owns: the numbers. Does not own: which stage it is (StageManager).
 * Called by: governance, and whoever reads the stage. Whitepaper §2.4.3.
 */
type Stage is uint8;

Stage constant ORIGIN = Stage.wrap(0);
