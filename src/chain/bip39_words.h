/* bip39_words: BIP39's English list, sorted; a word of eight letters has no NUL. */
#ifndef TP_BIP39_WORDS_H
#define TP_BIP39_WORDS_H

#define BIP39_WORDS 2048
#define BIP39_LETTERS 8

extern const char bip39_words[BIP39_WORDS][BIP39_LETTERS];

#endif
