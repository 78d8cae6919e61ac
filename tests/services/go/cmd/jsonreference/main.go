// Command jsonreference prints the canonical JSON of each fixture, as protobuf
// for Go makes it.
//
// One line per fixture, in the order of their names: {"name":...,"json":...},
// or {"name":...,"error":...} where the fixture is refused.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	zoov1 "zoo.example/generated/zoo/v1"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("jsonreference DIRECTORY")
	}
	// Sorted by name.
	paths, err := filepath.Glob(filepath.Join(os.Args[1], "*.json"))
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range paths {
		line := map[string]any{"name": strings.TrimSuffix(filepath.Base(path), ".json")}
		if text, err := canonical(path); err != nil {
			line["error"] = err.Error()
		} else {
			line["json"] = json.RawMessage(text)
		}
		text, err := json.Marshal(line)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(text))
	}
}

// canonical takes the fixture through the wire, as a call would.
func canonical(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	message := &zoov1.Everything{}
	if err := protojson.Unmarshal(text, message); err != nil {
		return nil, err
	}
	wire, err := proto.Marshal(message)
	if err != nil {
		return nil, err
	}
	message = &zoov1.Everything{}
	if err := proto.Unmarshal(wire, message); err != nil {
		return nil, err
	}
	return protojson.Marshal(message)
}
