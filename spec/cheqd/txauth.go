package cheqd

import "github.com/chancery-vc/chancery/spec/comet"

// DecodeAuthInfo reads who signs and pays.
func DecodeAuthInfo(raw []byte) (a AuthInfo, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		var err error
		switch r.Number() {
		case 1:
			var s SignerInfo
			s, err = decodeSignerInfo(r.Bytes())
			a.Signers = append(a.Signers, s)
		case 2:
			a.Fee, err = decodeFee(r.Bytes())
		default:
			return false, nil
		}
		return true, err
	})
	return a, err
}

func decodeSignerInfo(raw []byte) (s SignerInfo, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		var err error
		switch r.Number() {
		case 1:
			s.PublicKey, err = decodePublicKey(r.Bytes())
		case 2:
			s.Mode, err = decodeMode(r.Bytes())
		case 3:
			s.Sequence = r.Uint()
		default:
			return false, nil
		}
		return true, err
	})
	return s, err
}

// decodePublicKey reads the Any of a secp256k1 key.
func decodePublicKey(raw []byte) (key []byte, err error) {
	packed, err := DecodeAny(raw)
	if err != nil {
		return nil, err
	}
	if packed.TypeURL != typeSecp256k1 {
		return nil, &Error{Code: CodeEncoding, Message: "a key that is not of secp256k1"}
	}
	err = read(packed.Value, true, func(r *comet.Reader) (bool, error) {
		key = r.Bytes()
		return r.Number() == 1, nil
	})
	return key, err
}

// decodeMode reads ModeInfo; one that is not single is mode 0.
func decodeMode(raw []byte) (mode uint64, err error) {
	err = read(raw, false, func(r *comet.Reader) (bool, error) {
		if r.Number() != 1 {
			return true, nil
		}
		return true, read(r.Bytes(), true, func(r *comet.Reader) (bool, error) {
			mode = r.Uint()
			return r.Number() == 1, nil
		})
	})
	return mode, err
}

func decodeFee(raw []byte) (f Fee, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		var err error
		switch r.Number() {
		case 1:
			var c Coin
			c, err = decodeCoin(r.Bytes())
			f.Amount = append(f.Amount, c)
		case 2:
			f.GasLimit = r.Uint()
		case 3:
			f.Payer = r.Text()
		case 4:
			f.Granter = r.Text()
		default:
			return false, nil
		}
		return true, err
	})
	return f, err
}

func decodeCoin(raw []byte) (c Coin, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		switch r.Number() {
		case 1:
			c.Denom = r.Text()
		case 2:
			c.Amount = r.Text()
		default:
			return false, nil
		}
		return true, nil
	})
	return c, err
}
