/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/digest.h"
