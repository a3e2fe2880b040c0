// Operations on one environment of a group that Environment and BatchEnv share.
#pragma once

#include "bindings/arrays.hpp"
#include "environment/group.hpp"

namespace muscle::bindings {

using environment::Group;
using environment::Scene;

// The fields of Frame (core/frame.py); every array owns its memory.
py::dict frameOf(const Scene& scene, Group& group, int lane);
// IndexError for a clip that does not exist; -1 stands for a drawn one.
void checkClip(const Scene& scene, int clip);
// ValueError for arrays of another length than the dofs.
void setState(const Scene& scene, Group& group, int lane, const Input<double>& positions, const Input<double>& velocities);
// IndexError for a body that does not exist, ValueError for vectors not of three.
void setExternalForce(const Scene& scene, Group& group, int lane, int body, const Input<double>& force, const Input<double>& point);

void addExternalForce(const Scene& scene, Group& group, int lane, int body, const Input<double>& force, const Input<double>& point);

}  // namespace muscle::bindings
