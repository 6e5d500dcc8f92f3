package main

import (
	"sort"

	"github.com/flyteorg/flyte/flyteidl/gen/pb-go/flyteidl/core"
	"github.com/flyteorg/flyte/flytepropeller/pkg/compiler"
	"github.com/flyteorg/flyte/flytepropeller/pkg/compiler/common"
	"github.com/flyteorg/flyte/flytepropeller/pkg/compiler/errors"
	"github.com/golang/protobuf/proto"
)

// workflowQuestion is whether a workflow compiles with these sub-workflows, tasks and launch plans beside it.
type workflowQuestion struct {
	SubWorkflows [][]byte             `json:"sub_workflows"`
	Tasks        [][]byte             `json:"tasks"`
	LaunchPlans  []launchPlanQuestion `json:"launch_plans"`
}

type launchPlanQuestion struct {
	ID      []byte `json:"id"`
	Inputs  []byte `json:"inputs"`
	Outputs []byte `json:"outputs"`
	Fixed   []byte `json:"fixed"`
}

// verdict is all that the compiler says about a workflow.
type verdict struct {
	Accepted  bool     `json:"accepted"`
	Codes     []string `json:"codes"`
	Errors    []string `json:"errors"`
	TaskCodes []string `json:"task_codes"`
	Closure   []byte   `json:"closure,omitempty"`
}

// launchPlan is one as the registry shows it to the compiler.
type launchPlan struct {
	id      *core.Identifier
	inputs  *core.ParameterMap
	outputs *core.VariableMap
}

func (plan launchPlan) GetID() *core.Identifier               { return plan.id }
func (plan launchPlan) GetExpectedInputs() *core.ParameterMap { return plan.inputs }
func (plan launchPlan) GetExpectedOutputs() *core.VariableMap { return plan.outputs }

// readLaunchPlan takes the fixed inputs out of those that a node may bind, as the registry does when a plan is created: one
// that has a default there stays.
func readLaunchPlan(question launchPlanQuestion) (common.InterfaceProvider, error) {
	plan := launchPlan{&core.Identifier{}, &core.ParameterMap{}, &core.VariableMap{}}
	fixed := &core.LiteralMap{}
	for _, part := range []struct {
		data []byte
		into proto.Message
	}{{question.ID, plan.id}, {question.Inputs, plan.inputs}, {question.Outputs, plan.outputs}, {question.Fixed, fixed}} {
		if err := proto.Unmarshal(part.data, part.into); err != nil {
			return nil, err
		}
	}
	for name := range fixed.GetLiterals() {
		if plan.inputs.GetParameters()[name].GetDefault() == nil {
			delete(plan.inputs.GetParameters(), name)
		}
	}
	return plan, nil
}

// compileWorkflow compiles the tasks first: what is no valid task is not there for the workflow.
func compileWorkflow(template []byte, question workflowQuestion) (*verdict, error) {
	workflow := &core.WorkflowTemplate{}
	if err := proto.Unmarshal(template, workflow); err != nil {
		return nil, err
	}
	subWorkflows := []*core.WorkflowTemplate{}
	for _, data := range question.SubWorkflows {
		subWorkflow := &core.WorkflowTemplate{}
		if err := proto.Unmarshal(data, subWorkflow); err != nil {
			return nil, err
		}
		subWorkflows = append(subWorkflows, subWorkflow)
	}
	plans := []common.InterfaceProvider{}
	for _, each := range question.LaunchPlans {
		plan, err := readLaunchPlan(each)
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	tasks := []*core.CompiledTask{}
	taskErrors := []*errors.CompileError{}
	for _, data := range question.Tasks {
		task := &core.TaskTemplate{}
		if err := proto.Unmarshal(data, task); err != nil {
			return nil, err
		}
		if compiled, err := compiler.CompileTask(task); err == nil {
			tasks = append(tasks, compiled)
		} else {
			taskErrors = append(taskErrors, err.(errors.CompileErrors).Errors().List()...)
		}
	}
	result := &verdict{Codes: []string{}, Errors: []string{}, TaskCodes: codesOf(taskErrors)}
	closure, err := compiler.CompileWorkflow(workflow, subWorkflows, tasks, plans)
	if err != nil {
		found := err.(errors.CompileErrors).Errors().List()
		result.Codes = codesOf(found)
		for _, each := range found {
			result.Errors = append(result.Errors, each.Error())
		}
		return result, nil
	}
	// The same bytes each time: maps have no order.
	buffer := proto.NewBuffer(nil)
	buffer.SetDeterministic(true)
	if err := buffer.Marshal(closure); err != nil {
		return nil, err
	}
	result.Accepted = true
	result.Closure = buffer.Bytes()
	return result, nil
}

// codesOf are the codes of errors, each once, sorted.
func codesOf(found []*errors.CompileError) []string {
	codes := []string{}
	seen := map[string]bool{}
	for _, each := range found {
		if code := string(each.Code()); !seen[code] {
			seen[code] = true
			codes = append(codes, code)
		}
	}
	sort.Strings(codes)
	return codes
}
