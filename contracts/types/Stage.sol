// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * The stages of the network as a value: Origin (0, proof of authority), Cape of Good Hope (1, authorities and elected
 * validators), New Generation (2, stake alone).
 *
 * Owns: the numbers and their order. Does not own: which stage it is (StageManager).
 * Called by: governance, and whoever reads the stage. Whitepaper §2.4.3.
 */
type Stage is uint8;

Stage constant ORIGIN = Stage.wrap(0);
Stage constant CAPE_OF_GOOD_HOPE = Stage.wrap(1);
Stage constant NEW_GENERATION = Stage.wrap(2);

using {sameStage as ==, otherStage as !=, stageBefore as <} for Stage global;

function sameStage(Stage a, Stage b) pure returns (bool) {
    return Stage.unwrap(a) == Stage.unwrap(b);
}

function otherStage(Stage a, Stage b) pure returns (bool) {
    return Stage.unwrap(a) != Stage.unwrap(b);
}

function stageBefore(Stage a, Stage b) pure returns (bool) {
    return Stage.unwrap(a) < Stage.unwrap(b);
}
