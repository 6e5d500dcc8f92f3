// Asks Flyte's own compiler: one JSON object a line in, one a line out.
//
//	{"upstream": base64, "downstream": base64}   ->  {"castable": bool}
//	{"literal": base64}                          ->  {"type": base64} or {"invalid": true}
//	{"workflow": base64, "sub_workflows": [base64], "tasks": [base64], "launch_plans": [{"id", "inputs", "outputs",
//	"fixed": base64}]}  ->  {"accepted": bool, "codes": [], "errors": [], "task_codes": [], "closure": base64}
//
// Values are serialised LiteralTypes and Literals; of a workflow, a WorkflowTemplate with TaskTemplates, and for a launch
// plan an Identifier, a ParameterMap, a VariableMap and a LiteralMap. The closure, a CompiledWorkflowClosure, is there when
// the workflow is accepted. A question that panics is answered {"crash": true}. One that
// overflows the stack ends the process: the caller then knows that the first question without an answer did it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/flyteorg/flyte/flyteidl/gen/pb-go/flyteidl/core"
	"github.com/flyteorg/flyte/flytepropeller/pkg/compiler/validators"
	"github.com/golang/protobuf/proto"
)

type question struct {
	Upstream   *[]byte `json:"upstream"`
	Downstream *[]byte `json:"downstream"`
	Literal    *[]byte `json:"literal"`
	Workflow   *[]byte `json:"workflow"`
	workflowQuestion
}

type answer struct {
	Castable *bool   `json:"castable,omitempty"`
	Type     *[]byte `json:"type,omitempty"`
	Invalid  bool    `json:"invalid,omitempty"`
	Crash    bool    `json:"crash,omitempty"`
	Error    string  `json:"error,omitempty"`
	*verdict
}

func ask(line []byte) (result answer) {
	defer func() {
		if cause := recover(); cause != nil {
			result = answer{Crash: true, Error: fmt.Sprint(cause)}
		}
	}()
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return answer{Error: err.Error()}
	}
	if q.Literal != nil {
		literal := &core.Literal{}
		if err := proto.Unmarshal(*q.Literal, literal); err != nil {
			return answer{Error: err.Error()}
		}
		inferred := validators.LiteralTypeForLiteral(literal)
		if validators.ValidateLiteralType(inferred) != nil {
			return answer{Invalid: true}
		}
		data, err := proto.Marshal(inferred)
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Type: &data}
	}
	if q.Workflow != nil {
		found, err := compileWorkflow(*q.Workflow, q.workflowQuestion)
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{verdict: found}
	}
	if q.Upstream == nil || q.Downstream == nil {
		return answer{Error: "expected upstream and downstream, or literal, or workflow"}
	}
	upstream, downstream := &core.LiteralType{}, &core.LiteralType{}
	if err := proto.Unmarshal(*q.Upstream, upstream); err != nil {
		return answer{Error: err.Error()}
	}
	if err := proto.Unmarshal(*q.Downstream, downstream); err != nil {
		return answer{Error: err.Error()}
	}
	castable := validators.AreTypesCastable(upstream, downstream)
	return answer{Castable: &castable}
}

func main() {
	// Recursion without end is over in milliseconds then, not after a gigabyte.
	debug.SetMaxStack(64 << 20)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(make([]byte, 1<<20), 1<<26)
	output := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(output)
	for input.Scan() {
		if err := encoder.Encode(ask(input.Bytes())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		// Flushed each time: what comes after a fatal question must not hide what came before it.
		output.Flush()
	}
}
