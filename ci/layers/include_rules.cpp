// Who includes whom: every #include is a house file in an allowed folder or a header in its place.
#include <algorithm>
#include <functional>
#include <map>

#include "layers/rules.hpp"

namespace tenon::layers {
namespace {

struct Edge {
  std::string path;
  int line = 0;
};

// folder -> included folder -> one place that does it
using Graph = std::map<std::string, std::map<std::string, Edge>>;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string joined(const std::string& folder, const std::string& path) {
  return folder.empty() || folder == "." ? path : folder + "/" + path;
}

// The house file that an #include means, or nothing if it is not ours.
std::string resolve(const Config& config, const std::set<std::string>& paths,
                    const SourceFile& file, const std::string& include) {
  auto candidate = joined(parent_of(file.path), include);
  if (paths.contains(candidate)) return candidate;
  for (const auto& root : config.roots) {
    candidate = joined(root, include);
    if (paths.contains(candidate)) return candidate;
  }
  return {};
}

void check_header(const Config& config, const SourceFile& file, const Include& include,
                  Findings& out) {
  const HeaderRule* best = nullptr;
  std::size_t best_length = 0;
  for (const auto& rule : config.headers) {
    for (const auto& prefix : rule.prefixes) {
      if (include.path.starts_with(prefix) && prefix.size() > best_length) {
        best = &rule;
        best_length = prefix.size();
      }
    }
  }
  if (best == nullptr) {
    // A name without '/' and '.' is of the standard library.
    if (include.path.find_first_of("/.") == std::string::npos) return;
    out.push_back(
        {file.path, include.line, "header",
         "<" + include.path + "> has no row in ci/layers.toml; say there where it belongs"});
  } else if (!is_below_any(file.path, best->only)) {
    out.push_back({file.path, include.line, "header",
                   "<" + include.path + "> does not belong here; " + best->instead});
  }
}

void find_cycles(const Graph& graph, Findings& out) {
  enum class Mark { none, open, closed };
  std::map<std::string, Mark> marks;
  std::vector<std::string> path;
  std::function<void(const std::string&)> visit = [&](const std::string& folder) {
    marks[folder] = Mark::open;
    path.push_back(folder);
    if (const auto edges = graph.find(folder); edges != graph.end()) {
      for (const auto& [next, edge] : edges->second) {
        if (marks[next] == Mark::none)
          visit(next);
        else if (marks[next] == Mark::open) {
          std::string text = "folders include each other:";
          for (auto it = std::find(path.begin(), path.end(), next); it != path.end(); ++it) {
            text += " " + *it + " ->";
          }
          out.push_back({edge.path, edge.line, "cycle",
                         text + " " + next + "; move what both need below them"});
        }
      }
    }
    path.pop_back();
    marks[folder] = Mark::closed;
  };
  for (const auto& [folder, edges] : graph) {
    if (marks[folder] == Mark::none) visit(folder);
  }
}

}  // namespace

Findings check_includes(const Config& config, const std::vector<SourceFile>& files) {
  Findings out;
  Graph graph;
  std::set<std::string> paths;
  for (const auto& file : files) paths.insert(file.path);
  for (const auto& file : files) {
    if (file.folder.empty()) {
      out.push_back({file.path, 1, "folder",
                     "the folder has no row in ci/layers.toml; add it with what it may include"});
      continue;
    }
    const auto& allowed = config.folders.at(file.folder);
    for (const auto& include : file.includes) {
      const auto target = resolve(config, paths, file, include.path);
      if (target.empty()) {
        check_header(config, file, include, out);
        continue;
      }
      const auto folder = folder_of(config, target);
      if (folder.empty() || folder == file.folder) continue;
      graph[file.folder].try_emplace(folder, Edge{file.path, include.line});
      if (std::find(allowed.begin(), allowed.end(), folder) == allowed.end()) {
        out.push_back({file.path, include.line, "direction",
                       file.folder + " may not include " + folder + " (" + include.path +
                           "); pass it in as a value or a port, or move it below both"});
      }
    }
  }
  find_cycles(graph, out);
  return out;
}

}  // namespace tenon::layers
