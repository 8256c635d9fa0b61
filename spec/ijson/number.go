package ijson

import (
	"bytes"
	"math"
	"strconv"
)

// maxInteger is 2^53: integers beyond it are not all doubles. RFC 7493 §2.2.
const maxInteger = 1 << 53

// Every double keeps shortDigits significant digits; longDigits tell it apart from every other.
const (
	shortDigits = 15
	longDigits  = 17
)

// number reads a number and checks that an IEEE double holds it.
func (s *scanner) number() *Error {
	from := s.at
	s.take('-')
	whole := s.at
	if s.digits() == 0 {
		s.at = from
		return s.syntax("a value")
	}
	if s.raw[whole] == '0' && s.at > whole+1 {
		return s.syntax("a number without leading zeros")
	}
	integer := s.at
	fraction := false
	if s.take('.') {
		if fraction = true; s.digits() == 0 {
			return s.syntax("a digit")
		}
	}
	mantissa := s.at
	exponent := false
	if s.take('e') || s.take('E') {
		exponent = true
		if !s.take('-') {
			s.take('+')
		}
		if s.digits() == 0 {
			return s.syntax("a digit")
		}
	}
	if !exponent && mantissa-whole <= shortDigits {
		return nil
	}
	if !fraction && !exponent {
		if value, err := strconv.ParseUint(string(s.raw[whole:integer]), 10, 64); err != nil || value > maxInteger {
			return &Error{Code: CodeNumber, Message: "an integer beyond 2^53; write it as a string"}
		}
		return nil
	}
	if !double(s.raw[from:s.at], s.raw[whole:mantissa], exponent) {
		return &Error{Code: CodeNumber, Message: "a number of more magnitude or precision than an IEEE double has"}
	}
	return nil
}

// digits skips digits and says how many.
func (s *scanner) digits() int {
	from := s.at
	for s.at < len(s.raw) && '0' <= s.raw[s.at] && s.raw[s.at] <= '9' {
		s.at++
	}
	return s.at - from
}

// double says whether an IEEE double holds a number: neither more magnitude (1e400, 1e-400) nor more digits than the 17
// that tell any two doubles apart, unless they are the double's own. A number beyond 2^53 that is written out must be the
// double, digit by digit: so 1E30 passes and 9007199254740993.0 does not.
func double(number, mantissa []byte, exponent bool) bool {
	value, err := strconv.ParseFloat(string(number), 64)
	if err != nil || math.IsInf(value, 0) {
		return false
	}
	digits := significant(mantissa)
	if len(digits) == 0 {
		return true // 0.000000000000000, 0e400
	}
	if value == 0 || len(digits) > maxExpansion {
		return false
	}
	if len(digits) <= longDigits && (exponent || math.Abs(value) < maxInteger) {
		return true
	}
	var buffer [maxExpansion + 16]byte
	again := strconv.AppendFloat(buffer[:0], math.Abs(value), 'e', len(digits)-1, 64)
	again, _, _ = bytes.Cut(again, []byte{'e'})
	return bytes.Equal(significant(again), digits)
}

// maxExpansion is how many significant digits the longest exact expansion of a double has.
const maxExpansion = 767

// significant are the digits of a mantissa without its point and its zeros at both ends.
func significant(mantissa []byte) []byte {
	digits := make([]byte, 0, len(mantissa))
	for _, c := range mantissa {
		if c != '.' {
			digits = append(digits, c)
		}
	}
	return bytes.Trim(digits, "0")
}
