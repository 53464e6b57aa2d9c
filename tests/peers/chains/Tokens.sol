// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "@openzeppelin/contracts/token/ERC20/ERC20.sol";

// A token like USDC: its decimals chosen at birth, a block list, a pause.
contract MockUSDC is ERC20 {
    uint8 private immutable places;
    address public immutable owner;
    bool public paused;
    mapping(address => bool) public isBlacklisted;

    constructor(uint8 decimals_) ERC20("USD Coin", "USDC") {
        places = decimals_;
        owner = msg.sender;
        _mint(msg.sender, 1_000_000_000 * 10 ** decimals_);
    }

    function decimals() public view override returns (uint8) {
        return places;
    }

    function blacklist(address who, bool yes) external {
        require(msg.sender == owner, "owner");
        isBlacklisted[who] = yes;
    }

    function pause(bool yes) external {
        require(msg.sender == owner, "owner");
        paused = yes;
    }

    function _update(address from, address to, uint256 value) internal virtual override {
        require(!paused, "Pausable: paused");
        require(!isBlacklisted[from] && !isBlacklisted[to], "Blacklistable: account is blacklisted");
        super._update(from, to, value);
    }
}

// Answers false instead of reverting, once it is told to, as tokens older than ERC-20's final text do.
contract FalseToken is MockUSDC {
    bool public broken;

    constructor() MockUSDC(6) {}

    function breakDown(bool yes) external {
        broken = yes;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return broken ? false : super.transfer(to, value);
    }
}

// Keeps a hundredth of each transfer.
contract FeeToken is MockUSDC {
    constructor() MockUSDC(6) {}

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) {
            super._update(from, to, value);
            return;
        }
        super._update(from, owner, value / 100);
        super._update(from, to, value - value / 100);
    }
}

// Answers nothing at all, as USDT on Ethereum does.
contract SilentToken {
    string public constant symbol = "USDC";
    uint8 public constant decimals = 6;
    mapping(address => uint256) public balanceOf;
    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor() {
        balanceOf[msg.sender] = 10 ** 15;
    }

    function transfer(address to, uint256 value) external {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
    }
}
