// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * The five contributors that CUNP is generated for, as a value, in the order of figure 6.
 *
 * Owns: the numbers. Does not own: caps and what was generated (EmissionController).
 * Called by: EmissionController and its readers. Whitepaper §3.1, figure 6.
 */
type Bucket is uint8;

Bucket constant NODES = Bucket.wrap(0);
Bucket constant BUSINESS = Bucket.wrap(1);
Bucket constant ECO_FUND = Bucket.wrap(2);
Bucket constant COMMUNITY = Bucket.wrap(3);
Bucket constant TEAM = Bucket.wrap(4);
