// A worker in Go.
//
//	./generate.sh && go run .
//	bellwether job create greet --every 5s --worker greetings/hello --payload World
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	pb "github.com/bellwether-scheduler/bellwether/gen/go/bellwether/v1"
)

// Handler does what a run asks for. Its context ends when the attempt is to end.
type Handler func(ctx context.Context, run *pb.RunDelivery) (string, error)

type attempt struct {
	run    string
	number int32
}

type held struct {
	cancel context.CancelFunc
	result *pb.RunResult // nil while the handler runs
}

// Worker takes runs from queues. Its session outlives its streams: results are kept until a node has
// stored them.
type Worker struct {
	Addresses []string
	Queues    []string
	Handlers  map[string]Handler
	Capacity  int32

	mutex   sync.Mutex
	session string
	held    map[attempt]*held
	outbox  chan *pb.WorkRequest // nil without a stream
	leaving bool
}

// Run works until ctx ends, then lets what is under way end and says goodbye.
func (w *Worker) Run(ctx context.Context) error {
	w.held = map[attempt]*held{}
	stop := context.AfterFunc(ctx, func() {
		w.mutex.Lock()
		w.leaving = true
		w.mutex.Unlock()
		w.say(&pb.WorkRequest{Message: &pb.WorkRequest_Capacity{Capacity: &pb.WorkerCapacity{N: 0}}})
		w.goodbyeIfIdle()
	})
	defer stop()
	for failures := 0; ; {
		address := w.Addresses[0]
		err := w.serve(address)
		w.mutex.Lock()
		done := w.leaving && len(w.held) == 0
		w.mutex.Unlock()
		switch code := status.Code(err); {
		case done:
			return nil
		case err == nil:
			failures = 0
		case code == codes.InvalidArgument, code == codes.Unauthenticated,
			code == codes.PermissionDenied, code == codes.Unimplemented:
			return err
		default:
			log.Printf("%s: %v", address, err)
			failures++
		}
		w.Addresses = append(w.Addresses[1:], address)
		if failures > 0 {
			wait := min(100*time.Millisecond<<min(failures, 5), 2*time.Second)
			time.Sleep(time.Duration(float64(wait) * (0.5 + rand.Float64()/2)))
		}
	}
}

// serve keeps one stream, from hello to its end; nil where the node sent the worker on.
func (w *Worker) serve(address string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 3 * time.Second}))
	if err != nil {
		return err
	}
	defer connection.Close()
	stream, err := pb.NewWorkerServiceClient(connection).Work(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(&pb.WorkRequest{Message: &pb.WorkRequest_Hello{Hello: w.hello()}}); err != nil {
		return err
	}
	outbox := make(chan *pb.WorkRequest, 64)
	go func() {
		for {
			select {
			case request := <-outbox:
				if stream.Send(request) != nil {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	defer w.setOutbox(nil)
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		switch message := response.Message.(type) {
		case *pb.WorkResponse_Welcome:
			w.mutex.Lock()
			w.session = message.Welcome.SessionId
			w.mutex.Unlock()
			w.setOutbox(outbox)
			w.sendAgain()
			w.goodbyeIfIdle()
		case *pb.WorkResponse_Runs:
			for _, run := range message.Runs.Runs {
				w.begin(run)
			}
		case *pb.WorkResponse_Acks:
			w.mutex.Lock()
			for _, ack := range message.Acks.Acks {
				delete(w.held, attempt{ack.RunId, ack.Attempt})
			}
			w.mutex.Unlock()
			w.goodbyeIfIdle()
		case *pb.WorkResponse_Cancel:
			w.mutex.Lock()
			for _, one := range message.Cancel.Cancels {
				if held := w.held[attempt{one.RunId, one.Attempt}]; held != nil {
					held.cancel()
				}
			}
			w.mutex.Unlock()
		case *pb.WorkResponse_Drain:
			return nil
		}
	}
}

func (w *Worker) hello() *pb.WorkerHello {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	hello := &pb.WorkerHello{
		WorkerId:  fmt.Sprintf("go-%d", os.Getpid()),
		SessionId: w.session,
		Queues:    w.Queues,
		Capacity:  w.Capacity,
	}
	if w.leaving {
		hello.Capacity = 0
	}
	for name := range w.Handlers {
		hello.Handlers = append(hello.Handlers, name)
	}
	for key := range w.held {
		hello.Held = append(hello.Held, &pb.HeldRun{RunId: key.run, Attempt: key.number})
	}
	return hello
}

func (w *Worker) begin(run *pb.RunDelivery) {
	key := attempt{run.RunId, run.Attempt}
	ctx, cancel := context.WithTimeout(context.Background(), run.TimeLeft.AsDuration())
	w.mutex.Lock()
	_, known := w.held[key]
	if !known {
		w.held[key] = &held{cancel: cancel}
	}
	w.mutex.Unlock()
	if known {
		cancel()
		return
	}
	go func() {
		defer cancel()
		result := &pb.RunResult{RunId: run.RunId, Attempt: run.Attempt}
		if text, err := w.Handlers[run.Handler](ctx, run); err != nil {
			result.Outcome = &pb.RunResult_Failed{Failed: &pb.RunFailed{Message: err.Error(), Retryable: true}}
		} else {
			output := &pb.Payload{Content: &pb.Payload_Text{Text: text}}
			result.Outcome = &pb.RunResult_Succeeded{Succeeded: &pb.RunSucceeded{Output: output}}
		}
		w.mutex.Lock()
		w.held[key].result = result
		w.mutex.Unlock()
		w.report(result)
	}()
}

func (w *Worker) sendAgain() {
	w.mutex.Lock()
	var results []*pb.RunResult
	for _, held := range w.held {
		if held.result != nil {
			results = append(results, held.result)
		}
	}
	w.mutex.Unlock()
	for _, result := range results {
		w.report(result)
	}
}

func (w *Worker) report(result *pb.RunResult) {
	results := &pb.WorkerResults{Results: []*pb.RunResult{result}}
	w.say(&pb.WorkRequest{Message: &pb.WorkRequest_Results{Results: results}})
}

func (w *Worker) goodbyeIfIdle() {
	w.mutex.Lock()
	idle := w.leaving && len(w.held) == 0
	w.mutex.Unlock()
	if idle {
		w.say(&pb.WorkRequest{Message: &pb.WorkRequest_Goodbye{Goodbye: &pb.WorkerGoodbye{}}})
	}
}

func (w *Worker) setOutbox(outbox chan *pb.WorkRequest) {
	w.mutex.Lock()
	w.outbox = outbox
	w.mutex.Unlock()
}

// say sends a message if there is a stream; what matters is said again on the next one.
func (w *Worker) say(request *pb.WorkRequest) {
	w.mutex.Lock()
	outbox := w.outbox
	w.mutex.Unlock()
	if outbox != nil {
		select {
		case outbox <- request:
		case <-time.After(5 * time.Second): // the stream is stuck; its end brings another
		}
	}
}

func main() {
	address := os.Getenv("BELLWETHER_ADDRESS")
	if address == "" {
		address = "127.0.0.1:7400"
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	worker := &Worker{
		Addresses: strings.Split(address, ","),
		Queues:    []string{"greetings"},
		Capacity:  8,
		Handlers: map[string]Handler{
			"hello": func(_ context.Context, run *pb.RunDelivery) (string, error) {
				name := run.Payload.GetText()
				fmt.Printf("Hello %s: %s of %s, attempt %d\n", name, run.RunId, run.JobId, run.Attempt)
				return "greeted " + name, nil
			},
		},
	}
	fmt.Println("waiting for runs; Ctrl-C leaves in good order")
	if err := worker.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
