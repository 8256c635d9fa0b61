package siop

import "time"

// Judge says what is wrong with an ID token as answer to a request.
func Judge(token IDToken, request Request, now time.Time, leeway time.Duration) []Problem { return nil }

// JudgeRequest says what is wrong with a request.
func JudgeRequest(request Request, now time.Time, leeway time.Duration) []Problem { return nil }
