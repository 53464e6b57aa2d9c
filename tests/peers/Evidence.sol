// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// What a contract needs to check one value of an evidence bundle (evidence(5), keccak256-merkle-v1).
contract Evidence {
    /// canonical: the value as canonical JSON (RFC 8785).
    function leafOf(string calldata path, bytes32 salt, bytes calldata canonical) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(path, salt, keccak256(canonical)))));
    }

    function holds(bytes32 root, string calldata path, bytes32 salt, bytes calldata canonical, bytes32[] calldata proof)
        external
        pure
        returns (bool)
    {
        return MerkleProof.verifyCalldata(proof, root, leafOf(path, salt, canonical));
    }
}
