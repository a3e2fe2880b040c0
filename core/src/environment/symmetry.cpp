#include "environment/symmetry.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace muscle::environment {
namespace {

// The name with the other side's mark at its end; empty for a name without one.
std::string counterpartName(std::string name) {
  static constexpr std::pair<char, char> kMarks[] = {{'L', 'R'}, {'l', 'r'}};
  const bool underscored = name.size() > 1 && name[name.size() - 2] == '_';
  for (const auto& [left, right] : kMarks) {
    if (left == 'l' && !underscored) continue;  // "skull" has no counterpart
    if (name.empty() || (name.back() != left && name.back() != right)) continue;
    name.back() = name.back() == left ? right : left;
    return name;
  }
  return {};
}

}  // namespace

Symmetry::Symmetry(const model::Model& model, const std::vector<int>& networkEntries) {
  const auto fail = [](const std::string& what) { throw std::invalid_argument("symmetry: " + what); };
  const std::vector<model::BodyDescription>& described = model.description().bodies;
  std::map<std::string, int> index;
  for (int i = 0; i < model.numBodies(); ++i) index[described[i].name] = i;
  for (int i = 0; i < model.numBodies(); ++i) {
    const std::string other = counterpartName(described[i].name);
    const auto found = index.find(other);
    if (!other.empty() && found == index.end()) fail("body '" + described[i].name + "' has no counterpart '" + other + "'");
    bodies.push_back(other.empty() ? i : found->second);
    if (described[i].joint.type != described[bodies[i]].joint.type)
      fail("joints of '" + described[i].name + "' and of its counterpart differ");
  }

  // Rotations of the bodies' frames in the zero pose, as in MASS and GaitNet.
  std::vector<Mat3<double>> rotation, frame;
  for (const model::BodyDescription& body : described) {
    const Mat3<double> joint = rotationMatrix(normalized(body.joint.orientation));
    rotation.push_back(body.parent < 0 ? joint : rotation[body.parent] * joint);
    frame.push_back(rotation.back() * rotationMatrix(normalized(body.frame)));
  }
  for (int i = 0; i < model.numBodies(); ++i) {
    const Mat3<double> image = mirrored(frame[bodies[i]]);
    Mat3<double> correction = transpose(image) * frame[i];
    if (bodies[i] == i) correction = rotationMatrix(Quat<double>{1, 0, 0, 0});
    corrections.push_back(correction);
  }

  const auto& constants = model.constants<double>();
  const int root = model.numRootDofs();
  for (int i = 0; i < model.numBodies(); ++i) {
    const model::Body<double>& body = constants.bodies[i];
    if (body.type == model::JointType::kFree) continue;
    const int first = constants.bodies[bodies[i]].dofIndex - root;
    for (int k = 0; k < body.dofs; ++k) joints.add(first + k, body.dofs == 3 && k > 0 ? -1 : 1);
  }

  if (model.numMuscles() % 2 != 0) fail("an odd number of muscles; they must come in pairs, right and left");
  for (int m = 0; m < model.numMuscles(); ++m) muscles.push_back(m ^ 1);
  std::map<std::pair<int, int>, int> entryOf;
  for (int e = 0; e < model.numEntries(); ++e) entryOf[{model.muscleOfEntry()[e], model.dofOfEntry()[e] - root}] = e;
  for (int e = 0; e < model.numEntries(); ++e) {
    const int dof = model.dofOfEntry()[e] - root;
    const auto found = entryOf.find({muscles[model.muscleOfEntry()[e]], joints.source[dof]});
    entries.add(found == entryOf.end() ? -1 : found->second, joints.sign[dof]);
  }

  std::vector<int> row(model.numEntries(), -1), inputs = networkEntries;
  if (inputs.empty())
    for (int e = 0; e < model.numEntries(); ++e) inputs.push_back(e);
  for (std::size_t r = 0; r < inputs.size(); ++r) row[inputs[r]] = static_cast<int>(r);
  for (const int e : inputs) networkInput.add(entries.source[e] < 0 ? -1 : row[entries.source[e]], entries.sign[e]);
  for (int dof = 0; dof < joints.size(); ++dof) networkInput.add(static_cast<int>(inputs.size()) + joints.source[dof], joints.sign[dof]);
}

}  // namespace muscle::environment
