// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * The life of a validator as a value, and the one table of legal moves.
 *
 * Owns: the states and which may follow which. Does not own: who may move a validator (ValidatorRegistry).
 * Called by: ValidatorRegistry, and whoever reads a state. Whitepaper §2.4.
 */
type ValidatorState is uint8;

// Nobody has registered under this operator.
ValidatorState constant UNREGISTERED = ValidatorState.wrap(0);
// Registered with proven keys, without a seat.
ValidatorState constant CANDIDATE = ValidatorState.wrap(1);
// Holds a seat.
ValidatorState constant ACTIVE = ValidatorState.wrap(2);
// Lost its seat for misbehaviour and may return.
ValidatorState constant JAILED = ValidatorState.wrap(3);
// Left, or was removed; never returns under this operator.
ValidatorState constant EXITING = ValidatorState.wrap(4);
// Struck for ever.
ValidatorState constant TOMBSTONED = ValidatorState.wrap(5);

using {equals as ==, differs as !=} for ValidatorState global;

function equals(ValidatorState a, ValidatorState b) pure returns (bool) {
    return ValidatorState.unwrap(a) == ValidatorState.unwrap(b);
}

function differs(ValidatorState a, ValidatorState b) pure returns (bool) {
    return ValidatorState.unwrap(a) != ValidatorState.unwrap(b);
}

// One row of six bits for each state it comes from, lowest first; bit n allows the move to state n.
uint256 constant LEGAL_MOVES =
    0x02 | // unregistered → candidate
        (0x3c << 8) | //  candidate → active, jailed, exiting, tombstoned
        (0x3a << 16) | // active → candidate, jailed, exiting, tombstoned
        (0x32 << 24) | // jailed → candidate, exiting, tombstoned
        (0x20 << 32); //  exiting → tombstoned; tombstoned → nothing

/// True when a validator may go from one state to the other in one step.
function isLegalMove(ValidatorState from, ValidatorState to) pure returns (bool) {
    return (LEGAL_MOVES >> (8 * ValidatorState.unwrap(from))) & (1 << ValidatorState.unwrap(to)) & 0xff != 0;
}
