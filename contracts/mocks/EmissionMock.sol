// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * Stands in for the EmissionController: a bucket with a rest.
 *
 * Owns: nothing. Never deployed outside tests and benches.
 */
contract EmissionMock {
    struct Emission {
        address recipient;
        uint256 requested;
        uint256 granted;
    }

    uint256 private _rest = type(uint128).max;
    Emission[] private _emissions;

    function setRest(uint256 rest) external {
        _rest = rest;
    }

    function emitBlockReward(address recipient, uint256 requested) external returns (uint256 granted) {
        granted = requested < _rest ? requested : _rest;
        _rest -= granted;
        _emissions.push(Emission(recipient, requested, granted));
    }

    function emissions() external view returns (Emission[] memory) {
        return _emissions;
    }
}
