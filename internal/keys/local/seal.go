package local

import (
	"crypto/aes"
	"crypto/cipher"
)

// sealedV1 is the first byte of what is sealed; then the nonce, the ciphertext and the tag.
const sealedV1 = 1

// seal is AES-256-GCM with a random nonce. At 96 bits of it a key may seal 2^32 times (NIST SP 800-38D §8.3); the
// keys here seal one body, one tenant's private keys, or one server's data keys.
func seal(key, plain, bound []byte) []byte {
	return aead(key).Seal([]byte{sealedV1}, nil, plain, bound)
}

// unseal is the inverse of seal; false when key, bytes or what they are bound to is another.
func unseal(key, sealed, bound []byte) ([]byte, bool) {
	if len(sealed) == 0 || sealed[0] != sealedV1 {
		return nil, false
	}
	plain, err := aead(key).Open(nil, nil, sealed[1:], bound)
	return plain, err == nil
}

// aead draws its nonces itself and puts them in front.
func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a key that is not 32 bytes
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // never for AES
	}
	return gcm
}
