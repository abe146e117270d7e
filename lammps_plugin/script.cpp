#include "script.h"

#include <cctype>
#include <set>

namespace henrici {
namespace {

bool in_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::size_t after_space(const std::string &text, std::size_t at)
{
  while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

std::string identifier(const std::string &text, std::size_t at)
{
  std::size_t end = at;
  while (end < text.size() && in_identifier(text[end])) ++end;
  return text.substr(at, end - at);
}

}  // namespace

// TorchScript has operators that write files, and torch::jit::load runs the __setstate__ of what it loads: so the text is
// searched before it runs, for the identifiers that these cannot do without.
std::string forbidden_in_script(const std::string &script)
{
  static const std::set<std::string> outside{"save",      "from_file", "rpc_sync",
                                             "rpc_async", "rpc_remote", "__setstate__"};
  for (std::size_t at = 0; at < script.size(); ++at) {
    if (!in_identifier(script[at])) continue;
    const auto word = identifier(script, at);
    at += word.size();
    if (outside.count(word)) return word;
    if (word != "ops") continue;
    const auto dot = after_space(script, at);
    if (dot == script.size() || script[dot] != '.') continue;
    const auto library = identifier(script, after_space(script, dot + 1));
    if (library != "prim" && library != "aten") return library;
  }
  return "";
}

}  // namespace henrici
