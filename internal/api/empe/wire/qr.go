package wire

import (
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rsc.io/qr"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// margin is the quiet zone around a code, in modules: ISO/IEC 18004 §6.3.8.
const margin = 4

// Sizes of an image of a code, in pixels.
const (
	leastSize   = 64
	mostSize    = 1024
	defaultUnit = 8 // pixels a module
)

// AnswerCode writes what a QR code encodes: as a picture to who takes one, PNG or SVG, else the JSON text itself. The query may
// name a format (png, svg, json) and a size in pixels, 64 to 1024.
func AnswerCode(w http.ResponseWriter, r *http.Request, text []byte) error {
	form := httpx.Query(r).Get("format")
	if form == "" {
		form = accepted(r.Header.Get("Accept"))
	}
	size := 0
	if given := httpx.Query(r).Get("size"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < leastSize || n > mostSize {
			return vc.Errorf(vc.Invalid, "parameter", "size must be a whole number from %d to %d", leastSize, mostSize)
		}
		size = n
	}
	h := w.Header()
	h.Set("Vary", "Accept")
	switch form {
	case "json":
		httpx.EncodeAs(w, http.StatusOK, "application/json", jsontext.Value(text))
		return nil
	case "png", "svg":
	default:
		return vc.Errorf(vc.Invalid, "parameter", "format must be png, svg or json")
	}
	code, err := qr.Encode(string(text), qr.M)
	if err != nil {
		return err
	}
	h.Set("X-Content-Type-Options", "nosniff")
	if form == "svg" {
		h.Set("Content-Type", "image/svg+xml")
		_, _ = w.Write(svg(code, size)) // who left needs no answer
		return nil
	}
	h.Set("Content-Type", "image/png")
	_ = png.Encode(w, picture(code, size))
	return nil
}

// accepted chooses by what the client takes; browsers that show a picture say so.
func accepted(accept string) string {
	for media := range httpx.MediaRanges(accept) {
		switch media {
		case "image/svg+xml":
			return "svg"
		case "image/png", "image/*":
			return "png"
		case "application/json":
			return "json"
		}
	}
	return "json"
}

// unit is how many pixels a module has so that the code fits into size.
func unit(code *qr.Code, size int) int {
	if size == 0 {
		return defaultUnit
	}
	return max(1, size/(code.Size+2*margin))
}

// picture draws a code in black and white.
func picture(code *qr.Code, size int) image.Image {
	u := unit(code, size)
	side := u * (code.Size + 2*margin)
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if !code.Black(x/u-margin, y/u-margin) {
				img.Pix[y*img.Stride+x] = 0xff
			}
		}
	}
	return img
}

// svg draws a code as one path, a rectangle for each run of black modules.
func svg(code *qr.Code, size int) []byte {
	side := code.Size + 2*margin
	if size == 0 {
		size = side * defaultUnit
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, size, size, side, side, side, side)
	for y := range code.Size {
		for x := 0; x < code.Size; {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+margin, y+margin, run, run)
			}
			x += run + 1
		}
	}
	b.WriteString(`"/></svg>`)
	return []byte(b.String())
}
