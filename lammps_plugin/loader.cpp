// open_models(), from the side of LAMMPS: loads the library that holds torch, the first time that a pair style needs it.
//
// LAMMPS exports BLAS and LAPACK routines of its own (dgemm_, dpotrf_, ...), plain loops translated from Fortran. Symbols of
// the program come first, so a torch that is linked to the plugin would call those instead of its own: a DeepPot-SE in
// float64 took 980 ms a step instead of 200. RTLD_DEEPBIND turns the order round, and can only be had by opening the library
// here. That also spares those who use other pair styles from loading torch, as `lmp` loads every plugin when it starts.

#include <dlfcn.h>

#include <stdexcept>
#include <string>

#include "model.h"

namespace henrici {
namespace {

constexpr const char *LIBRARY = "libhenricimodel.so";  // beside the plugin

/// Does the program put another `name` before that of the system's library?
bool replaced(const char *library, const char *name)
{
  void *const handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (!handle) return false;
  const bool differ = dlsym(RTLD_DEFAULT, name) != dlsym(handle, name);
  dlclose(handle);
  return differ;
}

/// Under RTLD_DEEPBIND, torch would use the system's allocator and streams beside the program's; where those are not the same
/// (an allocator that was preloaded, a program with its own copy of std::cerr), slow is better than two heaps.
int binding()
{
  const bool two_worlds = replaced("libc.so.6", "malloc") || replaced("libstdc++.so.6", "_ZSt4cerr") ||
      replaced("libstdc++.so.6", "_ZSt4cout");
  return two_worlds ? 0 : RTLD_DEEPBIND;
}

std::string folder_of_this_plugin()
{
  Dl_info info{};
  dladdr(reinterpret_cast<void *>(&folder_of_this_plugin), &info);
  const std::string path = info.dli_fname;
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

using Open = Models *(*)();

Open load()
{
  const std::string path = folder_of_this_plugin() + "/" + LIBRARY;
  // Never closed: torch keeps threads and registers handlers, and cannot be unloaded.
  void *const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | binding());
  if (!library)
    throw std::runtime_error(std::string("needs torch, which cannot be loaded: ") + dlerror() +
                             "; install henrici again, or add the folder of libtorch_cpu.so to LD_LIBRARY_PATH");
  return reinterpret_cast<Open>(dlsym(library, "henrici_open_models"));
}

}  // namespace

std::unique_ptr<Models> open_models()
{
  static const Open open = load();
  return std::unique_ptr<Models>(open());
}

}  // namespace henrici
