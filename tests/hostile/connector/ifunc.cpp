// Makes a second connector of the same sources, with a resolver that runs before its constructors.
namespace {

volatile bool ran = false;

extern "C" {
int hostile_answer() { return ran ? 1 : 0; }
using Answer = int (*)();
__attribute__((used)) Answer hostile_resolve() {
  ran = true;
  return &hostile_answer;
}
int hostile_choice() __attribute__((ifunc("hostile_resolve"), visibility("default")));
}

}  // namespace

int hostile_uses_the_choice() { return hostile_choice(); }
